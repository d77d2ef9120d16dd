import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import { run, runWithChannel } from "../child.ts"
import { doors } from "../fixtures/doors.ts"

describe("who listens to signals (16a, 16c, 16d)", () => {
  it("two copies of the package share one listener, and one echo", async () => {
    const folder = mkdtempSync(join(tmpdir(), "governor-copies-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
    symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"))
    const entries = ["one", "two"].map((name) => {
      cpSync(join(import.meta.dirname, "../../src"), join(folder, name), { recursive: true })
      return pathToFileURL(join(folder, name, "promise/index.ts")).href
    })
    const child = run("copies", entries)
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain("copies 2\nlisteners 1\n")
    expect(child.output()).toContain("service 0 down\n")
    expect(child.output()).toContain("service 1 down\n")
    expect(child.output()).toContain(JSON.stringify(["one", "two"].map(() => ({ _tag: "Signal", signal: "SIGTERM" }))))
  })

  it("a governor from the call on, as long as something is or can become active", async () => {
    const child = run("again")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output().trim().split("\n")).toEqual([
      "made: 0",
      "called: 1",
      "over: 0",
      "started by hand: 1",
      "stopped by hand: 0",
      "started again: 1",
      "shut down by hand: 0",
      "another called: 1",
      "shut down before it was started: 0"
    ])
  })

  it.each(doors)("after a signal until the process is gone, so that an echo harms nobody: %s", async (door) => {
    const child = run("echo", [door])
    await child.printed("up\n")
    child.kill("SIGINT")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain("closed\n")
    expect(child.output()).not.toContain("again")
  })

  const reason = `ended by {"_tag":"Signal","signal":"SIGTERM"}`
  it.each([
    ["promise", reason],
    ["promise, started before", reason],
    ["Effect.runPromise", reason],
    ["runMain", "received SIGTERM: ending the program"]
  ])(
    "what catches signals after the signal is shut down at once with its reason: %s",
    async (how, line) => {
      const child = run("late", [how])
      await child.printed("up\n")
      child.kill("SIGTERM")
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.output()).toContain(line)
    }
  )

  it("what does not catch signals goes on after the signal", async () => {
    const child = run("late", ["one that does not"])
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain(`job done\n`)
    expect(child.output()).toContain(`ended by {"_tag":"AllOver"}`)
  })

  it.each(["promise", "Effect"])("not a governor inside of another, which says so: %s", async (door) => {
    const child = run("inside", [door])
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output().match(/^(api|connection) down$/gm)).toEqual(["api down", "connection down"])
    expect(child.output().split("catchSignals() does nothing in a governor inside of another").length - 1).toBe(1)
  })

  it("the signals that were asked for, and no others", async () => {
    const options = JSON.stringify({ signals: ["SIGTERM", "SIGUSR2"] })
    const child = run("signals", [options])
    await child.printed("up\n")
    child.kill("SIGUSR2")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain("shutting down: received SIGUSR2")
    const other = run("signals", [options])
    await other.printed("up\n")
    other.kill("SIGHUP")
    expect(await other.exit).toEqual({ code: null, signal: "SIGHUP" })
  })

  it.each(["never", "1 minute"])("a signal that comes again is ignored, with again: %s", async (again) => {
    const child = run("signals", [JSON.stringify({ again })])
    await child.printed("up\n")
    child.kill("SIGTERM")
    await child.printed("a second has passed")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
  })

  it.each([{ again: -1 }, { signals: ["SIGKILL"] }])("options that are wrong are refused: %o", async (options) => {
    const child = run("signals", [JSON.stringify(options)])
    expect((await child.exit).code).toBe(1)
    expect(child.output()).toContain(`InvalidOption: ${Object.keys(options)[0]}: expected`)
  })
})

describe("the channel to a parent process (16e)", () => {
  const cases = doors.flatMap((door) => [
    { door, service: "waits", code: 0 },
    { door, service: "completes", code: 0 },
    { door, service: "fails", code: 1 }
  ])
  it.each(cases)("keeps nothing up, though somebody listens to messages: $door, $service", async (row) => {
    const child = runWithChannel("channel", [row.door, row.service])
    await child.printed("up\n")
    if (row.service === "waits") child.kill("SIGINT")
    expect(await child.exit).toEqual({ code: row.code, signal: null })
    expect(child.output()).not.toContain("keeps the process up")
  })
})

describe("what else keeps the process up after a signal (16f)", () => {
  const unlisted = "something that Node does not list keeps the process up: " +
    "a worker thread, a pipe, a Unix socket, standard input or the channel to the parent process"
  const named = { "a server": "these resources keep the process up: TCPServerWrap" }
  const cases = ["a server", "a thread", "a Unix socket", "standard input"].flatMap((what) =>
    doors.map((door) => ({ door, what, line: `shut down, but ${(named as Record<string, string>)[what] ?? unlisted}` }))
  )
  it.each(cases)("is named, and left behind when the time is over: $what, $door", async ({ door, line, what }) => {
    const child = runWithChannel("held", [door, what, "1500"])
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain(line)
    expect(child.output()).toMatch(/exiting with code 0/)
  })

  it.each(doors)("is left alone if the time is infinite, until the same signal comes again: %s", async (door) => {
    const child = run("held", [door, "a server", "Infinity"])
    await child.printed("up\n")
    child.kill("SIGTERM")
    await child.printed("shut down, but these resources keep the process up: TCPServerWrap\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 143, signal: null })
    expect(child.output()).toContain("exiting at once with code 143, services still running: none\n")
  })

  it("is named after a program that ends without a signal, and stays", async () => {
    const child = run("held", ["runMain", "a server", "1", "completes"])
    await child.printed("the program has ended, but these resources keep the process up: TCPServerWrap\n")
    child.kill("SIGTERM") // nobody listens any more
    expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" })
    expect(child.output()).not.toContain("exiting")
  })

  it.each([
    ...doors.map((door) => ["waits", door] as const),
    ["completes", "runMain"] as const
  ])("nothing is said if nothing does: %s, %s", async (service, door) => {
    const child = run("held", [door, "nothing", "Infinity", service])
    await child.printed("up\n")
    if (service === "waits") child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).not.toContain("keep the process up")
    expect(child.output()).not.toContain("keeps the process up")
  })
})

describe("runs that have not settled (16g, 16h)", () => {
  it("do not end a process after a shutdown by hand, though its exit code is 1", async () => {
    const child = run("maintenance")
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.output()).toContain("up again\n")
  })

  it("give exit code 1 to a process that exits without a code", async () => {
    const child = run("signals")
    await child.printed("up\n")
    child.kill("SIGWINCH")
    expect(await child.exit).toEqual({ code: 1, signal: null })
  })
})
