/** What is promised when who dies: each cell of the table in `docs/processes.md`, with real processes and threads. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { command, forked, type ForkOptions, type ThreadOptions, worker } from "../../src/process/index.ts"
import { runInGroup } from "../child.ts"
import { childrenOf, descendantsOf, freshFolder, gone, isAlive, killAtEnd, pidIn, shellOf } from "./alive.ts"
import { block } from "./block.ts"
import { columns, row, table, testedCells } from "./cells.ts"
import { childrenIn, watched } from "./dying.ts"
import { governed } from "./governed.ts"

const file = new URL("../fixtures/threads/dies.ts", import.meta.url)

const sh = (script: string) => command("sh", ["-c", script])

const inThread = (how: string, options: ThreadOptions = {}) => worker(file, { data: { how }, ...options })

const inProcess = (how: string, options: ForkOptions = {}) => forked(file, { data: { how }, ...options })

const told = Array.from({ length: 100 }, (_, i) => `line ${i}`)

const isTold = (line: string) => line.startsWith("line ")

/** The other service has neither crashed nor begun again. */
const calm = ["Added", "Starting", "Ready"]

row("the process of a run, by its own fault", {
  "by a signal": async () => {
    const { governor, seen } = watched()
    const pid = join(await freshFolder(), "pid")
    const deaf = `sh -c 'trap "" TERM; echo child $$; echo $$ > ${pid}; while :; do sleep 0.01; done'`
    const script = `[ -e ${pid} ] && exec sleep 100; ${deaf} & while ! [ -s ${pid} ]; do sleep 0.01; done`
    governor.add("again", sh(`${script}; echo sorry >&2; printf 'no end'; kill -KILL $$`), {
      restart: 0,
      stopTimeout: "300 millis"
    })
    governor.add("once", sh("exit 3"))
    governor.start()
    await pidIn(pid)
    return seen("again")
  }
}, {
  "the run": ({ cause, tags }) => {
    expect(cause).toMatchObject({
      name: "ProcessFailed",
      message: "\"sh\" of service \"again\" ended by SIGKILL: sorry"
    })
    expect(tags("again").slice(3, 7)).toEqual(["Unready", "Crashed", "RestartScheduled", "Starting"])
  },
  "its group": ({ begotten, left }) => {
    expect(begotten).toHaveLength(1)
    expect(left).toEqual([])
  },
  "other services": ({ others }) => expect(others).toEqual(calm),
  "the governor and its report": ({ ok, services }) => {
    expect(ok).toBe(false)
    expect(services.map(({ cause, name, outcome }) => [name, outcome, cause?.name])).toEqual([
      ["other", "Stopped", undefined],
      ["again", "Stopped", undefined],
      ["once", "Failed", "ProcessFailed"]
    ])
  },
  "log lines": ({ lines }) => {
    expect(lines("info")).toContain("no end")
    expect(lines("warn")).toContain("sorry")
  }
})

row("others of its group", {
  "by a signal": async () => {
    const { events, governor, lines, logged, tags } = watched()
    governor.add("parent", sh("sh -c 'printf last; kill -KILL $$' & wait; echo; echo child $$; exec sleep 100"))
    governor.start()
    await logged("last")
    await vi.waitFor(() => expect(childrenIn(lines())).toHaveLength(1), { timeout: 20_000, interval: 10 })
    const up = { isUp: childrenIn(lines()).every(isAlive), parent: tags("parent"), others: tags("other") }
    const crashes = events.filter(({ _tag }) => _tag === "ServiceCrashed")
    return { ...up, crashes, lines, ...await governor.shutdown() }
  }
}, {
  "the run": ({ parent }) => expect(parent).toEqual(calm),
  "its group": ({ isUp }) => expect(isUp).toBe(true),
  "other services": ({ others }) => expect(others).toEqual(calm),
  "the governor and its report": ({ crashes, ok }) => expect([crashes, ok]).toEqual([[], true]),
  "log lines": ({ lines }) => expect(lines("info")).toContain("last")
})

const hosted = (name: string, service: ReturnType<typeof worker>) => async () => {
  const { governor, seen } = watched()
  governor.add(name, service, { restart: 0 })
  governor.start()
  return seen(name)
}

row("a thread, by an error, out of memory or by process.exit()", {
  "an error": hosted("dying", inThread("throws")),
  "out of memory": hosted("dying", inThread("eats", { resourceLimits: { maxOldGenerationSizeMb: 32 } })),
  "process.exit()": hosted("dying", inThread("exits"))
}, {
  "the run": ({ cause, tags }) => {
    expect(cause.message).toMatch(/^its own error$|memory|ended with code 3: its work was not done$/)
    expect(tags("dying").slice(3, 7)).toEqual(["Unready", "Crashed", "RestartScheduled", "Starting"])
  },
  "its group": ({ threadsLeft }) => expect(threadsLeft).toBe(0),
  "other services": ({ others }) => expect(others).toEqual(calm),
  "the governor and its report": ({ ok }) => expect(ok).toBe(true),
  "log lines": ({ lines }) => expect(lines("info").filter(isTold)).toEqual(told)
})

row("a process of Node, by a crash in native code", { "abort": hosted("dying", inProcess("aborts")) }, {
  "the run": ({ cause, tags }) => {
    expect(cause).toMatchObject({ name: "ProcessFailed", message: expect.stringContaining(" ended by SIGABRT: ") })
    expect(tags("dying").slice(3, 7)).toEqual(["Unready", "Crashed", "RestartScheduled", "Starting"])
  },
  "its group": ({ begotten, left }) => {
    expect(begotten).toHaveLength(1)
    expect(left).toEqual([])
  },
  "other services": ({ others }) => expect(others).toEqual(calm),
  "the governor and its report": ({ ok }) => expect(ok).toBe(true),
  "log lines": ({ lines }) => expect(lines("info").filter(isTold)).toEqual(told)
})

row("the loop of a thread or a process of Node, blocked for ever", {
  "a thread": hosted("blocked", inThread("blocks", { heartbeatTimeout: "1 second" })),
  "a process": hosted("blocked", inProcess("blocks", { heartbeatTimeout: "1 second" }))
}, {
  "the run": ({ cause, tags }) => {
    expect(cause).toMatchObject({
      name: "RunTimedOut",
      message: expect.stringContaining("gave no heartbeat within 1 s")
    })
    expect(tags("blocked").slice(3, 7)).toEqual(["Unready", "Crashed", "RestartScheduled", "Starting"])
  },
  "its group": ({ left, threadsLeft }) => expect([left, threadsLeft]).toEqual([[], 0]),
  "other services": ({ counted, others }) => {
    expect(counted).toBeGreaterThan(10)
    expect(others).toEqual(calm)
  },
  "the governor and its report": ({ ok }) => expect(ok).toBe(true),
  "log lines": ({ lines }) => expect(lines("info").filter(isTold)).toEqual(told)
})

/** The numbers that a service has counted, in the order of the log. */
const countedBy = (log: ReturnType<typeof governed>["log"], name: string): ReadonlyArray<number> =>
  log.flatMap(({ message, service }) => service === name ? /^count (\d+)$/.exec(message)?.[1] ?? [] : []).map(Number)

const counting = ["thread", "fork", "command"]

/** A loop that is blocked for longer than all limits of its services, while one of them dies and another one stops. */
const blocked = async () => {
  const { events, governor, log, logged, tags } = governed({ restart: 0 })
  const heartbeatTimeout = "400 millis"
  let ticks = 0
  governor.add("thread", inThread("counts", { heartbeatTimeout }))
  governor.add("fork", inProcess("counts", { heartbeatTimeout }))
  governor.add("command", sh("i=0; while :; do echo count $i; i=$((i + 1)); sleep 0.02; done"))
  governor.add("here", async ({ signal, sleep }) => {
    for (; !signal.aborted; ticks++) await sleep("10 millis")
  })
  governor.add("dying", inThread("ends", { heartbeatTimeout }))
  governor.add("leaving", sh("trap 'sleep 0.3; exit 0' TERM; echo up; while :; do sleep 0.01; done"), {
    stopTimeout: "600 millis"
  })
  governor.start()
  await logged("up")
  const last = (name: string) => countedBy(log, name).at(-1) ?? -1
  await vi.waitFor(() => counting.forEach((name) => expect(last(name)).toBeGreaterThan(0)), { timeout: 20_000 })
  const pids = childrenOf(process.pid)
  const stop = governor.get("leaving").stop()
  await vi.waitFor(() => expect(tags("leaving")).toContain("Stopping"))
  const before = { counts: counting.map(last), ticks }
  block(1500)
  const stoodStill = ticks === before.ticks
  await new Promise((resolve) => setTimeout(resolve)) // what was said meanwhile is heard
  await new Promise((resolve) => setImmediate(resolve))
  const progress = counting.map((name, i) => last(name) - before.counts[i]!)
  await stop
  const leaving = governor.get("leaving").status()
  await vi.waitFor(() => expect(tags("dying")).toContain("Crashed"), { timeout: 20_000, interval: 10 })
  const heard = counting.map(last) // several limits more
  await vi.waitFor(
    () => counting.forEach((name, i) => expect(last(name)).toBeGreaterThan(heard[i]! + 40)),
    { timeout: 20_000, interval: 10 }
  )
  await vi.waitFor(() => expect(ticks).toBeGreaterThan(before.ticks), { timeout: 20_000, interval: 10 })
  const crashes = events.filter(({ _tag }) => _tag === "ServiceCrashed")
  const own = counting.map(tags)
  const here = tags("here")
  const left = pids.filter(isAlive).length
  return { ...await governor.shutdown(), crashes, here, leaving, left, log, own, pids, progress, stoodStill }
}

row("the main loop of the governor, blocked for long", { "longer than all limits": blocked }, {
  "the run": ({ crashes, own }) => {
    expect(own).toEqual([calm, calm, calm])
    expect(crashes).toMatchObject([{ service: "dying", run: 1, cause: { message: "its own error" } }])
  },
  "its group": ({ left, pids, progress }) => {
    expect(progress.every((more) => more > 10), String(progress)).toBe(true)
    expect(left, "all but the one that has stopped").toBe(pids.length - 1)
  },
  "other services": ({ here, stoodStill }) => expect([stoodStill, here]).toEqual([true, calm]),
  "the governor and its report": ({ leaving, ok }) => {
    expect(leaving).toMatchObject({ _tag: "Stopped" })
    expect(ok).toBe(true)
  },
  "log lines": ({ log }) => {
    expect(log.filter(({ service }) => service === "dying").map(({ message }) => message).filter(isTold)).toEqual(told)
    for (const name of counting) {
      const counts = countedBy(log, name)
      expect(counts).toEqual(counts.map((_, i) => i))
    }
  }
})

const ups = ["command is up", "fork is up", "thread is up"]

/** The process of a governor that is up, and dies in this way. */
const governorDies = (how: string, die: (child: ReturnType<typeof runInGroup>) => void) => async () => {
  const folder = await freshFolder()
  const child = runInGroup("dies", [folder, how])
  await child.printed("all are up")
  for (const up of ups) await child.printed(up)
  const shell = shellOf(child.pid!)!
  const runs = childrenOf(child.pid!).filter((pid) => pid !== shell)
  const pids = descendantsOf(child.pid!).filter((pid) => pid !== shell)
  killAtEnd(pids)
  die(child)
  const exit = await child.exit
  const left = pids.filter(isAlive)
  await gone([...pids, shell])
  const others = pids.filter((pid) => !runs.includes(pid))
  return { exit, left, others, output: child.output(), runs, stopped: readdirSync(folder).toSorted(byName) }
}

const byName = (a: string, b: string) => a < b ? -1 : 1

/** Nobody could do anything, and all is gone. */
const cut = {
  "the run": ({ runs, stopped }: Awaited<ReturnType<ReturnType<typeof governorDies>>>) => {
    expect(runs, "the command and the process of Node").toHaveLength(2)
    expect(runs.filter(isAlive)).toEqual([])
    expect(stopped.filter((name) => name !== "fork"), "only the process of Node could hear of it").toEqual([])
  },
  "its group": ({ others }: { readonly others: ReadonlyArray<number> }) => {
    expect(others.length).toBeGreaterThan(0)
    expect(others.filter(isAlive)).toEqual([])
  },
  "other services": ({ stopped }: { readonly stopped: ReadonlyArray<string> }) => expect(stopped).not.toContain("here"),
  "log lines": ({ output }: { readonly output: string }) => {
    for (const up of ups) expect(output).toContain(up)
  }
}

row("the process of the governor, by SIGKILL", {
  "the signal": governorDies("exit", ({ kill }) => kill("SIGKILL")),
  "the signal to its group": governorDies("exit", ({ killGroup }) => void killGroup("SIGKILL"))
}, {
  ...cut,
  "the governor and its report": ({ exit, output }) => {
    expect(exit).toEqual({ code: null, signal: "SIGKILL" })
    expect(output).not.toContain("report:")
  }
})

row("the process of the governor, by an uncaught error or process.exit()", {
  "an uncaught error": governorDies("throw", ({ kill }) => kill("SIGUSR2")),
  "process.exit()": governorDies("exit", ({ kill }) => kill("SIGUSR2"))
}, {
  ...cut,
  "the governor and its report": ({ exit, output }) => {
    expect(exit).toEqual({ code: output.includes("nobody catches this") ? 1 : 7, signal: null })
    expect(output).not.toContain("report:")
  }
})

row("the process of the governor, by a shutdown", {
  "SIGTERM": governorDies("exit", ({ kill }) => kill("SIGTERM")),
  "Ctrl-C, which all of its group hear": governorDies("exit", ({ killGroup }) => void killGroup("SIGINT")),
  "the end of its terminal": governorDies("exit", ({ killGroup }) => void killGroup("SIGHUP"))
}, {
  "the run": ({ output, stopped }) => {
    expect(stopped).toEqual(expect.arrayContaining(["command", "fork", "thread"]))
    expect(output).not.toContain("crashed")
  },
  "its group": ({ left, stopped }) => {
    expect(stopped).toContain("grandchild")
    expect(left).toEqual([])
  },
  "other services": ({ stopped }) => expect(stopped).toContain("here"),
  "the governor and its report": ({ exit, output }) => {
    expect(exit).toEqual({ code: 0, signal: null })
    expect(output).toContain("report: true command Stopped, fork Stopped, thread Stopped, here Stopped")
  },
  "log lines": ({ output }) => {
    for (const line of ["command leaves", "fork leaves", "thread leaves"]) expect(output).toContain(line)
  }
})

it("each cell of the table in the documentation has a test, and each test has a cell", () => {
  const [[, ...header], ...rows] = table() as [ReadonlyArray<string>, ...ReadonlyArray<ReadonlyArray<string>>]
  expect(header).toEqual(columns)
  const cells = rows.filter(([who]) => who !== "the machine")
    .flatMap(([who]) => header.map((column) => `${who}: ${column}`))
  expect(testedCells()).toEqual(cells)
  expect(rows.flat().filter((cell) => cell === "")).toEqual([])
})
