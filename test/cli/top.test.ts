/** `top` in a real pseudo-terminal. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { root } from "../entries.ts"
import { command, governed, temporary } from "./operator.ts"
import { checkSetsid, inTerminal } from "./pty.ts"

const main = join(root, "src/cli/main.ts")

type Terminal = ReturnType<typeof inTerminal>

/** A terminal that is gone after the test. */
const terminalOf = (...args: Parameters<typeof inTerminal>): Terminal => {
  const terminal = inTerminal(...args)
  onTestFinished(terminal.kill)
  return terminal
}

const top = (at: ReadonlyArray<string>, options?: Parameters<typeof inTerminal>[2]) =>
  terminalOf(process.execPath, [main, "top", ...at], options)

/** The terminal is as it was before. */
const isRestored = ({ screen }: Terminal) =>
  expect({
    alternate: screen.isAlternate,
    cursor: screen.isCursorShown,
    wraps: screen.wraps,
    faults: screen.faults
  }).toEqual({ alternate: false, cursor: true, wraps: true, faults: [] })

beforeAll(checkSetsid)

describe("top", () => {
  it("shows the news, the worst problem and the services, the worst first, and quits", async () => {
    const { at } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running/)
    const [news, worst, reason, head, first, ...others] = terminal.screen.lines()
    expect(news).toMatch(/^shop {2}\d of \d ready; api and 1 more wait for database \(crashed once, next run in /)
    expect(worst).toMatch(/^database is not well since [\d:]+ \(\d+ s\); neither are api and web$/)
    expect(reason).toMatch(/^ {2}next run in .*, crashed once, latest: Error: connection refused$/)
    expect(head).toMatch(/^SERVICE +STATE +RUN +RESTARTS +CRASHES +SINCE +WHY$/)
    expect(first).toMatch(/^database +Backoff +1 +0 +1 +\d+ s +next run in/)
    expect(others.at(-1)).toMatch(/^\? help {2}\/ filter {2}s worst +1-8 of 8$/)
    expect(terminal.screen.isAlternate).toBe(true)
    expect(terminal.screen.isCursorShown).toBe(false)
    terminal.type("q")
    expect(await terminal.exit).toEqual({ code: 0, signal: null })
    isRestored(terminal)
  })

  it("follows what happens", async () => {
    const { at, tell } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\napi +Waiting/)
    tell("database up")
    await terminal.sees(/\napi +Running/)
    tell("idle down")
    await terminal.sees(/\nidle +Backoff .*crashed once/)
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })

  it("is steered by keys: choice, why, filter, order, tree, help", async () => {
    const { at } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running/)
    terminal.type("\u001b[B\u001b[B\r")
    await terminal.sees(/web waits for api; database: next run in/)
    await terminal.sees(/← database +Backoff/)
    terminal.type("\u001b")
    await terminal.sees(/1-8 of 8/)
    terminal.type("/ingest/")
    await terminal.sees("/ingest/▏")
    await terminal.sees(/\ningest\/reader/)
    terminal.type("\r")
    await terminal.sees(/filter: ingest\/ +1-2 of 2/)
    terminal.type("\u001b")
    await terminal.sees(/1-8 of 8/)
    terminal.type("s")
    await terminal.sees("s name")
    expect(terminal.screen.lines()[4]).toMatch(/^api /)
    terminal.type("t")
    await terminal.sees("├─ reader")
    terminal.type("?")
    await terminal.sees("draw the screen again")
    terminal.type(" q")
    await terminal.exit
    isRestored(terminal)
  })

  it("gives a command after it has shown whom that hits, and only with a token", async () => {
    const { at, printed } = await governed(["shop"])
    const without = top(at)
    await without.sees(/\nidle +Running/)
    without.type("r")
    await without.sees("commands need a token")
    without.type("q")
    const terminal = top([...at, "--token", "secret"])
    await terminal.sees(/\nidle +Running/)
    terminal.type("/idle\rr")
    await terminal.sees(/restart idle\? stops idle, then starts idle.*\[y\/N\]/)
    terminal.type("n")
    await terminal.sees("nothing was done")
    terminal.type("r")
    await terminal.sees(/\[y\/N\]/)
    terminal.type("y")
    await printed(/\[idle\] begins \(run 2\)/)
    await terminal.sees("restart idle: done")
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })

  it("goes back and on in time", async () => {
    const { at } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running/)
    terminal.type("[[[[[[")
    await terminal.sees(/^as of [\d:]+, event 0/)
    terminal.type("\u001b[C\u001b[C")
    await terminal.sees(/event 2/)
    await terminal.sees("1-2 of 2")
    terminal.type("n")
    await terminal.sees(/^shop .*\n/)
    await terminal.sees("1-8 of 8")
    terminal.type("q")
    await terminal.exit
  })

  it("says that the connection is lost, and goes on when a governor answers again", async () => {
    const socket = join(temporary(), "a.sock")
    const first = await governed(["shop", "socket", socket])
    const terminal = top(["--socket", socket])
    await terminal.sees(/\nidle +Running/)
    first.kill("SIGKILL")
    await terminal.sees(/^connection lost for \d+ s, state of [\d:]+: /)
    await governed(["shop2", "socket", socket])
    await terminal.sees(/^shop2 /)
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })

  it("says that the governor has shut down", async () => {
    const { at, kill, tell } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running/)
    tell("idle down")
    await terminal.sees(/\nidle +Backoff/) // it follows the events
    kill("SIGTERM")
    await terminal.sees(/^the governor has shut down at [\d:]+\n/)
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })

  it.each([[100, 20], [60, 12], [40, 10], [20, 6], [200, 50]])("fits into %i × %i", async (columns, rows) => {
    const { at } = await governed(["shop"])
    const terminal = top(at, { columns, rows })
    await terminal.sees(/\ndatabase +Backoff/)
    terminal.resize({ columns: columns + 7, rows: rows + 2 })
    await terminal.shows((screen) => /1-\d+ of 8$/.test(screen.lines().at(-1)!))
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })

  it("has no colours if they are not wanted, and some otherwise", async () => {
    const { at } = await governed(["shop"])
    for (const [env, isColoured] of [[{ NO_COLOR: "1" }, false], [{}, true]] as const) {
      const terminal = top(at, { env })
      await terminal.sees(/\ndatabase +Backoff/)
      terminal.type("q")
      await terminal.exit
      // oxlint-disable-next-line no-control-regex
      expect(/\u001b\[0;3\dm/.test(terminal.screen.raw)).toBe(isColoured)
    }
  })

  it("writes little while nothing happens", async () => {
    const { at } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running +1 +0 +0 +3 s/)
    const before = terminal.screen.written
    await terminal.sees(/\nidle +Running +1 +0 +0 +7 s/)
    expect((terminal.screen.written - before) / 4).toBeLessThan(300)
    terminal.type("q")
    await terminal.exit
  })
})

describe("the terminal is given back", () => {
  it.each<[string, (terminal: Terminal) => void, object]>([
    ["Ctrl-C", ({ type }) => type("\u0003"), { code: 0, signal: null }],
    ["SIGINT", ({ pid }) => process.kill(pid, "SIGINT"), { code: null, signal: "SIGINT" }],
    ["SIGTERM", ({ pid }) => process.kill(pid, "SIGTERM"), { code: null, signal: "SIGTERM" }],
    ["SIGHUP", ({ pid }) => process.kill(pid, "SIGHUP"), { code: null, signal: "SIGHUP" }]
  ])("after %s", async (_, end, exit) => {
    const { at } = await governed(["shop"])
    const terminal = top(at)
    await terminal.sees(/\nidle +Running/)
    end(terminal)
    expect(await terminal.exit).toEqual(exit)
    await terminal.over
    isRestored(terminal)
  })

  it("after an error of ours, which is told", async () => {
    const { at } = await governed(["shop"])
    const preload = join(temporary(), "fault.mjs")
    writeFileSync(preload, "process.on('SIGUSR2', () => { throw new Error('a fault on purpose') })\n")
    const terminal = terminalOf(process.execPath, ["--import", preload, main, "top", ...at])
    await terminal.sees(/\nidle +Running/)
    process.kill(terminal.pid, "SIGUSR2")
    expect((await terminal.exit).code).toBe(70)
    await terminal.over
    isRestored(terminal)
    expect(terminal.screen.text()).toContain("a fault on purpose")
  })

  it("while it is suspended by Ctrl-Z, and taken again by fg", async () => {
    const { at } = await governed(["shop"])
    const terminal = terminalOf("bash", ["--norc", "-i"], { env: { PS1: "ready> " } })
    await terminal.sees("ready>")
    terminal.type(`'${process.execPath}' '${main}' top ${at.join(" ")}\n`)
    await terminal.shows(({ isAlternate }) => isAlternate)
    await terminal.sees(/\nidle +Running/)
    terminal.type("\u001a")
    await terminal.shows(({ isAlternate }) => !isAlternate)
    await terminal.sees("Stopped")
    isRestored(terminal)
    terminal.type("fg\n")
    await terminal.shows(({ isAlternate }) => isAlternate)
    await terminal.sees(/\nidle +Running/)
    terminal.type("q")
    await terminal.shows(({ isAlternate }) => !isAlternate)
    terminal.type("echo code $?\n")
    await terminal.sees(/\ncode 0/)
    terminal.type("exit\n")
    await terminal.exit
  })
})

describe("without a terminal", () => {
  it("top says so and shows how it is now", async () => {
    const { at } = await governed(["shop"])
    const { code, stderr, stdout } = await command(["top", ...at])
    expect(code).toBe(3)
    expect(stderr).toContain("top needs a terminal")
    expect(stdout).toMatch(/\ndatabase +Backoff/)
  })

  it("a dumb one is none", async () => {
    const { at } = await governed(["shop"])
    const terminal = top(at, { env: { TERM: "dumb" } })
    await terminal.exit
    await terminal.over
    expect(terminal.screen.raw).not.toContain("\u001b")
    expect(terminal.screen.text()).toContain("top needs a terminal")
  })
})

describe("an incident file", () => {
  it("is gone through event by event", async () => {
    const { url } = await governed(["shop"])
    const file = join(temporary(), "incident.ndjson")
    writeFileSync(file, await (await fetch(`${url}/incident`)).text())
    const terminal = top(["--from", file])
    await terminal.sees(/^as of [\d:]+, event \d+ {2}shop/)
    await terminal.sees(/\ndatabase +Backoff/)
    terminal.type("[[[[[[\u001b[C")
    await terminal.sees(/^as of [\d:]+, event 1 /)
    terminal.type("r")
    await terminal.sees("this is a file")
    terminal.type("q")
    await terminal.exit
    isRestored(terminal)
  })
})
