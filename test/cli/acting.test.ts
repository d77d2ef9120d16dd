/** Commands for services, and waiting for them. */
import { spawn } from "node:child_process"
import { createServer, type ServerResponse } from "node:http"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { progressOf } from "../../src/cli/commands/waiting.ts"
import { meanings } from "../../src/cli/exitCodes.ts"
import { root } from "../entries.ts"
import { madeView, running as isRunning, thrown } from "../operations/made.ts"
import { command, governed, running, temporary } from "./operator.ts"
import { inTerminal } from "./pty.ts"

const token = ["--token", "secret"]

describe("a command", () => {
  it("says that it is done, and ends with 0 when the state is reached", async () => {
    const { at, printed } = await governed(["shop"])
    const restarted = await command(["restart", "idle", "ingest/*", "--wait", "10s", ...token, ...at])
    expect(restarted.code).toBe(0)
    expect(restarted.stdout).toMatch(/^ingest\/reader: restarted; it is \w+ now\n/)
    expect(restarted.stdout).toMatch(/\nidle: restarted; it is Running now\nready after /)
    await printed(/\[idle\] begins \(run 2\)/)
    expect((await command(["stop", "idle", "--wait", "10s", ...token, ...at])).stdout).toBe(
      "idle: stopped; it is Stopped now\n"
    )
    expect((await command(["start", "idle", ...token, ...at])).code).toBe(0)
    await printed(/\[idle\] begins \(run 3\)/)
  })

  it("ends with 75 and says why, if the state is not reached in time", async () => {
    const { at } = await governed(["shop"])
    const { code, stdout } = await command(["restart", "api", "--wait", "200ms", ...token, ...at])
    expect(code).toBe(75)
    expect(stdout).toContain("api: not done after 200 ms; it is Waiting now\n")
    expect(stdout).toContain("  api waits for database; database: next run in ")
  })

  it("waits until the service is ready, and not only for the next run", async () => {
    const { at } = await governed(["shop"])
    const { code, stdout } = await command(["restart", "database", "--wait", "1s", ...token, ...at])
    expect(code).toBe(75)
    expect(stdout).toMatch(/\ndatabase: next run in .*crashed 2 times/)
  })

  it.each<[args: ReadonlyArray<string>, code: number, words: string]>([
    [["restart", "nobody", ...token], 4, "nobody: there is no service"],
    [["restart", "nobody*", ...token], 4, "there is no service nobody*"],
    [["restart", "idle"], 77, "a valid token is needed"],
    [["restart", "idle", "--token", "wrong"], 77, "a valid token is needed"],
    [["restart", ...token], 64, "expected the name of a service"],
    [["restart", "idle", "--wait", "soon", ...token], 64, "expected a duration"],
    [["start", "ingest/reader", "--dry-run", ...token], 0, "starts nothing: ingest/reader is up, or about to be\n"]
  ])("%o ends with %i", async (args, code, words) => {
    const { at } = await governed(["shop"])
    const said = await command([...args, ...at])
    expect(said.stdout + said.stderr).toContain(words)
    expect(said.code).toBe(code)
  })

  it("answers JSON as it came over HTTP, and shows its plan without doing it", async () => {
    const { at } = await governed(["shop"])
    const plan = await command(["stop", "ingest", "--dry-run", "--json", ...token, ...at])
    expect(JSON.parse(plan.stdout).plan.command).toEqual({ _tag: "Stop", service: "ingest" })
    const stopped = await command(["stop", "ingest", "--wait", "5s", "--json", ...token, ...at])
    const answer: { reached: boolean; service: { run: number } } = JSON.parse(stopped.stdout)
    expect(answer).toMatchObject({ reached: true, service: { _tag: "Stopped", run: 1 } })
  })

  it("is refused with 1 by a governor that shuts down", async () => {
    const answer = { status: 409, detail: "the governor has shut down" }
    const server = createServer((_, response) =>
      void response.writeHead(409, { "content-type": "application/problem+json" }).end(JSON.stringify(answer))
    )
    const socket = join(temporary(), "a.sock")
    await new Promise<void>((resolve) => void server.listen(socket, resolve))
    onTestFinished(() => void server.close())
    expect(await command(["restart", "idle", "--socket", socket])).toMatchObject({
      code: 1,
      stdout: "idle: the governor has shut down\n"
    })
  })
})

describe("wait", () => {
  it("takes what is ready for a moment for ready, unless it has to stay so", async () => {
    const { at, printed, tell } = await governed(["shop"])
    tell("database up")
    await printed(/\[web\] ready/)
    expect((await command(["wait", "web", "--stable", "300ms", ...at])).code).toBe(0)
    const waiting = running(["wait", "idle", "--stable", "60s", "--timeout", "4s", ...at])
    await waiting.printed(/waiting until idle is ready/)
    tell("idle down")
    await waiting.printed(/\nidle: next run in /)
    expect((await waiting.exit).code).toBe(75)
    expect((await command(["wait", "idle", "--stable", "soon", ...at])).code).toBe(64)
  })
})

describe("a command in a terminal", () => {
  const terminalOf = (args: ReadonlyArray<string>) => {
    const terminal = inTerminal(process.execPath, [join(root, "src/cli/main.ts"), ...args])
    onTestFinished(terminal.kill)
    return terminal
  }

  it("asks before it hits others than those that are named", async () => {
    const { at, printed, tell } = await governed(["shop"])
    tell("database up")
    await printed(/\[web\] ready/)
    const restart = ["restart", "api", ...token, ...at]
    const no = terminalOf(restart)
    await no.sees("This also stops or starts: web.")
    no.type("n\r")
    expect((await no.exit).code).toBe(1)
    const yes = terminalOf(restart)
    await yes.sees("[y/N]")
    yes.type("y\r")
    expect((await yes.exit).code).toBe(0)
    await printed(/\[web\] begins \(run 2\)/)
    expect((await terminalOf([...restart, "--yes"]).exit).code).toBe(0)
    expect((await terminalOf(["restart", "idle", ...token, ...at]).exit).code).toBe(0)
  })
})

describe("what wait waits for", () => {
  const view = madeView({
    web: { status: isRunning },
    job: { status: { _tag: "Stopped", outcome: "Completed" } },
    idle: { status: { _tag: "Stopped", outcome: "Stopped" } },
    api: { status: { _tag: "Waiting", waitingFor: ["database"] } },
    gone: { status: { _tag: "Failed", cause: thrown("no") } },
    late: { status: { _tag: "Pending", run: 0 } }
  })

  it.each<[ReadonlyArray<string>, "ready" | "stopped", string]>([
    [["web"], "ready", "Reached"],
    [["web", "job"], "ready", "Reached"],
    [["idle"], "ready", "Missing"],
    [["late"], "ready", "Missing"],
    [["api"], "ready", "Missing"],
    [["api", "gone"], "ready", "Hopeless"],
    [[], "ready", "Hopeless"],
    [["web"], "stopped", "Missing"],
    [["api"], "stopped", "Missing"],
    [["idle", "gone", "late", "job"], "stopped", "Reached"],
    [[], "stopped", "Missing"]
  ])("%o to be %s: %s", (names, goal, tag) => {
    expect(progressOf(view, names, goal)._tag).toBe(tag)
  })

  it("is not reached by all, if nothing was started", () => {
    const none = madeView({ late: { status: { _tag: "Pending", run: 0 } } })
    expect(progressOf(none, [], "ready")._tag).toBe("Missing")
    expect(progressOf(none, [], "stopped")._tag).toBe("Reached")
  })
})

describe("wait", () => {
  it("ends with 0 as soon as the services are ready", async () => {
    const { at, printed, tell } = await governed(["shop"])
    const waiting = running(["wait", "web", "i*", ...at])
    await printed(/\[idle\] ready/)
    tell("database up")
    expect(await waiting.exit).toEqual({ code: 0, signal: null })
    expect(waiting.output()).toMatch(/^(.*waiting until web and i\* are ready\n)?web and i\*: ready\n$/)
  })

  it("names all that are missing, and why, if the time is over", async () => {
    const { at } = await governed(["shop"])
    const { code, stdout } = await command(["wait", "--timeout", "300ms", ...at])
    expect(code).toBe(75)
    expect(stdout.split("\n")).toEqual([
      "the time is over; missing:",
      expect.stringMatching(/^database: next run in .* connection refused$/),
      expect.stringMatching(/^api: waits for database; database: next run in .* connection refused$/),
      expect.stringMatching(/^web: waits for api; database: next run in .* connection refused$/),
      ""
    ])
  })

  it("waits for the stop, and for the end of the governor", async () => {
    const { at, kill } = await governed(["shop"])
    const one = running(["wait", "idle", "--for", "stopped", ...at])
    const other = running(["wait", "api", "--for", "ready", ...at])
    await command(["stop", "idle", ...token, ...at])
    expect((await one.exit).code).toBe(0)
    const all = running(["wait", "--for", "stopped", ...at])
    await Promise.all([all, other].map(({ printed }) => printed(/waiting until/)))
    kill("SIGTERM")
    expect((await all.exit).code).toBe(0)
    expect((await other.exit).code).toBe(3)
    expect(other.output()).toContain("the governor has shut down")
  })

  it("waits for a governor that is not there yet", async () => {
    const socket = join(temporary(), "a.sock")
    const waiting = running(["wait", "idle", "--socket", socket])
    await governed(["shop", "socket", socket])
    expect((await waiting.exit).code).toBe(0)
  })

  it("ends with 69 if no governor came, and with 4 for an unknown name", async () => {
    const nobody = ["--socket", join(temporary(), "a.sock")]
    expect((await command(["wait", "idle", "--timeout", "300ms", ...nobody])).code).toBe(69)
    expect((await command(["wait", "--for", "stopped", ...nobody])).code).toBe(69)
    const { at } = await governed(["shop"])
    expect((await command(["wait", "nobody", ...at])).code).toBe(4)
    expect((await command(["wait", "--timeout", "x", ...at])).code).toBe(64)
  })
})

describe("events and logs", () => {
  it("show what has been, and follow what happens until the governor has shut down", async () => {
    const { at, kill, printed, tell } = await governed(["shop"])
    const following = running(["events", "-f", "web", "api", "--json", ...at])
    await following.printed(/"waitingFor":\["api"\]/)
    tell("database up")
    await printed(/\[web\] ready/)
    await following.printed(/"ServiceReady","service":"web"/)
    kill("SIGTERM")
    expect((await following.exit).code).toBe(0)
    const heard = following.output().trim().split("\n").map((line) => JSON.parse(line) as { service: string })
    expect(new Set(heard.map(({ service }) => service))).toEqual(new Set(["web", "api"]))
  })

  it("are for people otherwise", async () => {
    const { at } = await governed(["shop"])
    const events = await command(["events", "database", ...at])
    expect(events.stdout.replace(/^[\d:.]+ +\d+ +/gm, "").split("\n")).toEqual([
      "database          was added",
      "database          run 1 begins",
      "database          crashed: Error: connection refused",
      "database          next run in 1 h",
      ""
    ])
    const logs = await command(["logs", "database", "--level", "error", ...at])
    expect(logs.stdout.replace(/^[\d:.]+ +/gm, "")).toMatch(
      /^error {2}\[database\] crashed\n {2}Error: connection refused\n/
    )
    for (const what of ["logs", "events"]) {
      expect(await command([what, "nobody", ...at])).toMatchObject({
        code: 4,
        stderr: "effect-governor: there is no service nobody\n"
      })
    }
    const json = await command(["logs", "idle", "--json", "-n", "1", ...at])
    expect(JSON.parse(json.stdout)).toMatchObject({ service: "idle", level: "info" })
  })

  it("come back after the connection was lost, and miss nothing", async () => {
    const head = { apiVersion: "governor/v1", governor: "shop", epoch: "a1", sequence: 0, now: Date.now() }
    const eventOf = (sequence: number) => ({ _tag: "ServiceAdded", service: `s${sequence}`, run: 0, time: 0, sequence })
    const streams: Array<string | undefined> = []
    const answerStream = (response: ServerResponse, after: string | undefined) => {
      streams.push(after)
      response.writeHead(200, { "content-type": "text/event-stream" })
      const next = Number(after?.split("-")[1]) + 1
      response.write(`id: a1-${next}\nevent: ServiceAdded\ndata: ${JSON.stringify(eventOf(next))}\n\n`)
      if (next < 3) response.write("id: a1-9\ndata: {", () => response.destroy())
    }
    const server = createServer(({ headers, url }, response) => {
      if (url === "/incident") response.end(`${JSON.stringify({ incident: head })}\n`)
      else answerStream(response, String(headers["last-event-id"]))
    })
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
    const following = running(["events", "-f", "--json", "--url", url])
    await following.printed(/"s3"/)
    expect(following.output().match(/"s\d"/g)).toEqual(["\"s1\"", "\"s2\"", "\"s3\""])
    expect(streams).toEqual(["a1-0", "a1-1", "a1-2"])
    expect(following.output()).toContain("trying again")
  })
})

describe("a pipe", () => {
  it("that its reader closes ends the command, without a word", async () => {
    const { at } = await governed(["shop"])
    const main = join(root, "src/cli/main.ts")
    const line = `"${process.execPath}" "${main}" events -f ${
      at.join(" ")
    } | head -1 >/dev/null; echo \${PIPESTATUS[0]}`
    const shell = spawn("bash", ["-c", line], { stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, stderr] = ["", ""]
    shell.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()))
    shell.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()))
    const closed = new Promise((resolve) => shell.once("close", resolve))
    const stop = setInterval(() => void command(["restart", "idle", ...token, ...at]), 1000)
    await closed.finally(() => clearInterval(stop))
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" })
  })
})

it("each exit code has a meaning of its own", () => {
  expect(Object.keys(meanings)).toEqual(["0", "1", "3", "4", "64", "69", "70", "75", "77"])
  expect(new Set(Object.values(meanings)).size).toBe(9)
})
