/** Processes as services, with real ones. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { command, type CommandOptions } from "../../src/process/index.ts"
import { Governor, type ServiceAPI } from "../../src/promise/index.ts"
import { childrenOf, freshFolder, isAlive, isSuspended, pidIn } from "./alive.ts"
import { governed } from "./governed.ts"

const byText = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>) => String(a) < String(b) ? -1 : 1

const sh = (script: string, options?: CommandOptions) => command("sh", ["-c", script], options)

const node = (script: string, options?: CommandOptions) => command(process.execPath, ["-e", script], options)

/** As long as a log that is far away may take for a line, in milliseconds. */
const slow = (): void => {
  for (const until = performance.now() + 0.03; performance.now() < until;);
}

describe("a run", () => {
  it("has all its lines told, however long the log takes for them", async () => {
    let count = 0
    let last = ""
    const governor = new Governor({
      log: ({ message, service }) => {
        slow()
        if (service !== "writer" || !/^(x|last)$/.test(message)) return
        count++
        last = message
      }
    })
    governor.add("writer", sh("yes x | head -n 60000; echo last")).start()
    await governor.waitForShutdown()
    expect([count, last]).toEqual([60_001, "last"])
  })

  it("has all told that others of its group write as they end", async () => {
    const { governor, lines } = governed()
    const other = "(trap 'seq 1 5000; exit' TERM; echo up; while :; do sleep 0.01; done) &"
    governor.add("leader", sh(`${other} sleep 0.3`)).start()
    await governor.waitForShutdown()
    expect(lines("info").filter((line) => /^\d+$/.test(line))).toHaveLength(5000)
  })

  it("completes with code 0, and each line that it writes is a line of the log", async () => {
    const { governor, log } = governed()
    governor.add("hello", sh("echo one; echo two >&2; printf three")).start()
    const { ok } = await governor.waitForShutdown()
    expect(ok).toBe(true)
    const own = log.filter(({ message }) => ["one", "two", "three"].includes(message))
    expect(own.map(({ level, message, run, service }) => [level, message, service, run]).toSorted(byText)).toEqual([
      ["info", "one", "hello", 1],
      ["info", "three", "hello", 1],
      ["warn", "two", "hello", 1]
    ])
  })

  it("crashes with another code, and says the code and what it wrote last", async () => {
    const { governor, tags } = governed()
    governor.add("broken", sh("for i in $(seq 25); do echo line $i >&2; done; exit 3")).start()
    const { ok, services: [broken] } = await governor.waitForShutdown()
    expect(ok).toBe(false)
    const last = Array.from({ length: 20 }, (_, i) => `line ${i + 6}`)
    expect(broken!.cause!.message).toBe(`"sh" of service "broken" ended with code 3: line 25\n${last.join("\n")}`)
    expect(tags("broken")).toEqual(["Added", "Starting", "Ready", "Unready", "Crashed", "Failed"])
  })

  it("crashes by a signal, and restarts by its policy", async () => {
    const { events, governor, lines } = governed()
    governor.add("mortal", sh("echo $$; exec sleep 100"), { restart: 0 }).start()
    const pid = Number(
      await vi.waitFor(() => {
        expect(lines().find((line) => /^\d+$/.test(line))).toBeDefined()
        return lines().find((line) => /^\d+$/.test(line))
      })
    )
    process.kill(pid, "SIGKILL")
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ _tag: "ServiceReady", run: 2 })))
    const crash = events.find(({ _tag }) => _tag === "ServiceCrashed")
    expect(crash).toMatchObject({ cause: { message: "\"sh\" of service \"mortal\" ended by SIGKILL" } })
  })

  it.each([
    ["ENOENT", "no-such-program", "a program that is not there", command("no-such-program")],
    ["EACCES", "/etc/passwd", "a program that may not be run", command("/etc/passwd")],
    ["ENOENT", "sh", "a folder that is not there", command("sh", [], { cwd: "/no/such/folder" })]
  ])("crashes with %s of %s: %s", async (code, program, _, service) => {
    const { governor, tags } = governed()
    governor.add("absent", service).start()
    const { services: [absent] } = await governor.waitForShutdown()
    const where = program === "sh" ? " in \"/no/such/folder\"" : ""
    expect(absent!.cause!.message).toBe(`"${program}" of service "absent" could not be started${where}: ${code}`)
    expect(tags("absent"), "it was never ready").toEqual(["Added", "Starting", "Crashed", "Failed"])
  })

  it.each([
    ["the only line", "echo no room >&2", "no room"],
    ["the last line", "echo starting >&2; echo no room >&2; echo >&2", "no room"],
    ["an error of Python", "echo '  File \"x.py\"' >&2; echo 'OSError: in use' >&2; echo bye >&2", "OSError: in use"],
    [
      "an error of Node",
      "echo 'Error: no config' >&2; echo '    at x.js:1' >&2; echo 'Node.js v26' >&2",
      "Error: no config"
    ]
  ])("crashes with %s of its standard error first", async (_, script, first) => {
    const { governor } = governed()
    governor.add("broken", sh(`${script}; exit 1`)).start()
    const { services: [broken] } = await governor.waitForShutdown()
    expect(broken!.cause!.message.split("\n")[0]).toBe(`"sh" of service "broken" ended with code 1: ${first}`)
  })

  it("says that its arguments are a list if its name has spaces", async () => {
    const { governor } = governed()
    governor.add("redis", command("redis-server --port 6390")).start()
    const { services: [redis] } = await governor.waitForShutdown()
    expect(redis!.cause!.message).toMatch(/could not be started: ENOENT: its arguments are a list of their own$/)
  })

  it("is run by what is put around it", async () => {
    const { governor, lines } = governed()
    const inner = sh("echo inner")
    const run = async (api: ServiceAPI) => {
      api.log("outer")
      await (inner as { readonly run: (api: ServiceAPI) => unknown }).run(api)
    }
    governor.add("outer", { ...inner, run }, { stopTimeout: "1 second" }).start()
    await governor.waitForShutdown()
    expect(lines("info")).toEqual(expect.arrayContaining(["outer", "inner"]))
  })

  it("has its folder, its environment and its input", async () => {
    const { governor, lines } = governed()
    const cwd = await freshFolder()
    const env = { GREETING: "hello", HOME: undefined }
    governor.add("told", sh("pwd; echo $GREETING; echo ${HOME-none}; cat", { cwd, env, stdin: { data: "input\n" } }))
    governor.start()
    await governor.waitForShutdown()
    expect(lines("info")).toEqual(expect.arrayContaining([cwd, "hello", "none", "input"]))
  })

  it.skipIf(process.getuid?.() !== 0)("runs as another user", async () => {
    const { governor, lines } = governed()
    governor.add("nobody", sh("id -u; id -g", { user: { uid: 65_534, gid: 65_534 } })).start()
    await governor.waitForShutdown()
    expect(lines("info").filter((line) => line === "65534")).toHaveLength(2)
  })

  it("goes on when its process closes its output", async () => {
    const { governor, lines, logged, tags } = governed()
    const file = join(await freshFolder(), "pid")
    governor.add("silent", sh(`echo last; exec >&- 2>&-; echo $$ > ${file}; exec sleep 100`)).start()
    await logged("last")
    expect(isAlive(await pidIn(file))).toBe(true)
    expect(tags("silent")).toEqual(["Added", "Starting", "Ready"])
    expect((await governor.shutdown()).ok).toBe(true)
    expect(lines("warn")).toEqual([])
  })

  it("leads a group of its own, which a signal to this group does not reach", async () => {
    const { governor, lines } = governed()
    governor.add("leader", node("process.kill(-process.pid, 0); console.log('leads')")).start()
    await governor.waitForShutdown()
    expect(lines("info")).toContain("leads")
  })
})

describe("a stop", () => {
  it.each([
    ["the signal ends it", "exec sleep 100"],
    ["it ends with code 0", "trap 'exit 0' TERM; while :; do sleep 0.01; done"],
    ["it ends with the code of the signal", "trap 'exit 143' TERM; while :; do sleep 0.01; done"]
  ])("is a good end: %s", async (_, script) => {
    const { governor, logged } = governed()
    governor.add("child", sh(`echo up; ${script}`)).start()
    await logged("up")
    const { ok, services } = await governor.shutdown()
    expect({ ok, services }).toMatchObject({ ok: true, services: [{ outcome: "Stopped" }] })
    expect(services[0]!.cause).toBeUndefined()
  })

  it("tells of an end with another code", async () => {
    const { governor, logged } = governed()
    governor.add(
      "child",
      node(
        "process.on('SIGTERM', () => { console.error('sorry'); process.exit(5) }); console.log('up'); setInterval(() => {}, 1000)"
      )
    ).start()
    await logged("up")
    const { ok, services: [child] } = await governor.shutdown()
    expect(ok).toBe(false)
    expect(child!.cause!.message).toBe(`"${process.execPath}" of service "child" ended with code 5: sorry`)
  })

  it("sends the signal that was asked for", async () => {
    const { governor, lines, logged } = governed()
    const script = "trap 'echo interrupted; exit 0' INT; trap '' TERM; echo up; while :; do sleep 0.01; done"
    governor.add("child", sh(script, { stopSignal: "SIGINT" })).start()
    await logged("up")
    expect((await governor.shutdown()).ok).toBe(true)
    expect(lines()).toContain("interrupted")
  })

  it("reaches a process that is suspended", async () => {
    const { governor, logged } = governed()
    governor.add("suspended", sh("trap 'exit 0' TERM; echo up; kill -STOP $$; while :; do sleep 0.01; done")).start()
    await logged("up")
    const [pid] = await vi.waitFor(() => {
      const stopped = childrenOf(process.pid).filter((pid) => isSuspended(pid))
      expect(stopped).toHaveLength(1)
      return stopped
    })
    expect((await governor.shutdown()).ok).toBe(true)
    expect(isAlive(pid!)).toBe(false)
  })

  it("kills the whole group when its time is over: the service has failed, and may begin again", async () => {
    const { governor, lines } = governed()
    const file = join(await freshFolder(), "pid")
    const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.01; done' & `
    governor.add("deaf", sh(`${script} while :; do sleep 0.01; done`), { stopTimeout: "100 millis" }).start()
    const grandchild = await pidIn(file)
    const deaf = governor.get("deaf")
    await deaf.stop()
    expect(deaf.status()).toMatchObject({ _tag: "Failed", cause: { name: "RunKilled" } })
    expect(isAlive(grandchild)).toBe(false)
    await deaf.start()
    await vi.waitFor(() => expect(deaf.status()._tag).toBe("Running"))
    const killed = "run 1 of service \"deaf\" did not end within 100 ms, and was killed"
    expect(lines("error")).toEqual([`failed while it stopped: ${killed}`, "failed, and will not be restarted"])
    const { ok, services } = await governor.shutdown()
    expect({ ok, outcome: services[0]!.outcome }).toEqual({ ok: false, outcome: "Failed" })
  })

  it("kills it too when the time of the shutdown is over", async () => {
    const { governor, logged } = governed({ shutdownTimeout: "100 millis" })
    governor.add("deaf", sh("trap '' TERM; echo up; while :; do sleep 0.01; done")).start()
    await logged("up")
    const { ok, services: [deaf] } = await governor.shutdown()
    expect({ ok, outcome: deaf!.outcome }).toEqual({ ok: false, outcome: "Failed" })
    expect(deaf!.cause).toMatchObject({ name: "RunKilled" })
  })
})

describe("what a run leaves behind", () => {
  it("is asked to end before the next run begins", async () => {
    const { events, governor } = governed()
    const file = join(await freshFolder(), "pid")
    governor.add("parent", sh(`[ -e ${file} ] && exec sleep 100; sleep 100 & echo $! > ${file}; exit 1`), {
      restart: 0
    })
    governor.start()
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ _tag: "ServiceReady", run: 2 })))
    expect(isAlive(await pidIn(file))).toBe(false)
    expect(events.filter(({ _tag }) => _tag === "ServiceCrashed")).toHaveLength(1)
  })

  it("is killed when the time of a stop is over, and the crash was told at once", async () => {
    const { events, governor } = governed()
    const file = join(await freshFolder(), "pid")
    const deaf = `sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.01; done'`
    const script = `[ -e ${file} ] && exec sleep 100; ${deaf} & while ! [ -s ${file} ]; do sleep 0.01; done; exit 1`
    governor.add("parent", sh(script), { restart: 0, stopTimeout: "300 millis" }).start()
    const left = await pidIn(file)
    await vi.waitFor(() => expect(events.some(({ _tag }) => _tag === "ServiceCrashed")).toBe(true))
    expect(isAlive(left)).toBe(true)
    await vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ _tag: "ServiceReady", run: 2 })))
    expect(isAlive(left)).toBe(false)
    expect(events.some(({ _tag }) => _tag === "ServiceAbandoned")).toBe(false)
  })

  it("is no matter if it has left the group: the run ends, though its output stays open", async () => {
    const { governor } = governed()
    const file = join(await freshFolder(), "pid")
    governor.add(
      "daemon",
      sh(`setsid sh -c 'echo $$ > ${file}; exec sleep 100' & while ! [ -s ${file} ]; do sleep 0.01; done`)
    )
    governor.start()
    const { ok } = await governor.waitForShutdown()
    expect(ok).toBe(true)
    const left = await pidIn(file)
    expect(isAlive(left)).toBe(true)
    process.kill(left, "SIGKILL")
  })
})

describe("readiness", () => {
  it("waits for a line of the output", async () => {
    const { governor, tags, logged } = governed()
    const go = join(await freshFolder(), "go")
    const script = `echo starting; while ! [ -e ${go} ]; do sleep 0.01; done; echo Ready to accept; exec sleep 100`
    governor.add("server", sh(script, { readiness: /^Ready/ }))
    governor.add("client", ({ log }) => log("client runs"), { dependsOn: ["server"] })
    governor.start()
    await logged("starting")
    expect(governor.get("server").status()._tag).toBe("Starting")
    await writeFile(go, "")
    await logged("client runs")
    expect(tags("server")).toEqual(["Added", "Starting", "Ready"])
  })

  it("waits for a probe, or for the end", async () => {
    const { governor, lines, logged } = governed()
    const go = join(await freshFolder(), "go")
    const check = () => readFile(go)
    governor.add("migration", sh("echo migrated"), { readiness: "completed" })
    governor.add("server", sh("echo serving; exec sleep 100", { readiness: { check, every: "10 millis" } }), {
      dependsOn: ["migration"]
    })
    governor.start()
    await logged("serving")
    expect(lines().indexOf("migrated")).toBeLessThan(lines().indexOf("serving"))
    expect(governor.get("server").status()._tag).toBe("Starting")
    await writeFile(go, "")
    await vi.waitFor(() => expect(governor.get("server").status()._tag).toBe("Running"))
  })

  it("is not reached by a process that never says so: it is asked to end, and has crashed", async () => {
    const { governor } = governed()
    governor.add("server", sh("exec sleep 100", { readiness: /^Ready/ }), { startTimeout: "50 millis" }).start()
    const { services: [server] } = await governor.waitForShutdown()
    expect(server!.cause).toMatchObject({ name: "RunTimedOut" })
  })
})

describe("output", () => {
  it("is not lost, however much there is, and in its order", async () => {
    const { governor, lines } = governed()
    governor.add("flood", node("for (let i = 0; i < 50_000; i++) console.log('line ' + i)")).start()
    await governor.waitForShutdown()
    expect(lines("info").filter((line) => line.startsWith("line "))).toEqual(
      Array.from({ length: 50_000 }, (_, i) => `line ${i}`)
    )
  }, 60_000)

  it("is not read if nobody shall read it, and the process is not held up", async () => {
    const { governor, lines } = governed()
    governor.add("flood", node("for (let i = 0; i < 50_000; i++) console.log('line ' + i)", { output: "ignore" }))
      .start()
    expect((await governor.waitForShutdown()).ok).toBe(true)
    expect(lines().filter((line) => line.startsWith("line "))).toEqual([])
  })
})

describe("many", () => {
  it("begin and end again and again, one at a time, and leave no process and no descriptor behind", async () => {
    const { events, governor } = governed()
    for (let i = 0; i < 4; i++) governor.add(`short-${i}`, sh("exit 1"), { restart: 0 })
    governor.start()
    const begun = () => events.filter(({ _tag }) => _tag === "ServiceStarting").length
    await vi.waitFor(() => expect(begun()).toBeGreaterThan(20), { timeout: 20_000 })
    const early = process.getActiveResourcesInfo().length
    await vi.waitFor(() => expect(begun()).toBeGreaterThan(200), { timeout: 40_000 })
    expect(process.getActiveResourcesInfo().length).toBeLessThan(early + 40)
    const { services } = await governor.shutdown()
    expect(services.map(({ outcome }) => outcome)).toEqual(["Stopped", "Stopped", "Stopped", "Stopped"])
  }, 90_000)
})
