import { constants } from "node:os"
import { describe, expect, it } from "vitest"
import { run } from "../child.ts"

describe("signals (rules 15 and 16)", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)("%s ends all governors cleanly", async (signal) => {
    const child = run("idle")
    await child.printed("still up")
    child.kill(signal)
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.output()).toContain(`shutting down: received ${signal}`)
    expect(child.output()).not.toContain("already")
    expect(child.output()).toContain("one stopped\n")
    expect(child.output()).toContain("two stopped\n")
    expect(child.output()).toContain(JSON.stringify([{ _tag: "Signal", signal }, { _tag: "Signal", signal }]))
  })

  it.each(["start, twice", "its configuration", "its handle", "a restart, when all was over"])(
    "a service started by %s keeps the process up, and no longer than it is active",
    async (how) => {
      const child = run("alive", [how])
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.output()).toContain("ended by Signal")
    }
  )

  it.each([
    { door: "the facade", fixture: "hung", args: [], up: "up\n", leaving: "shutting down" },
    { door: "runMain", fixture: "main", args: ["hung"], up: "hung up", leaving: "fine down" }
  ])(
    "takes the same signal within a second for an echo, and after that leaves at once, by name, with 128 + n: $door",
    async ({ args, fixture, leaving, up }) => {
      const child = run(fixture, args)
      await child.printed(up)
      child.kill("SIGTERM")
      await child.printed(leaving)
      child.kill("SIGTERM")
      child.kill("SIGINT")
      await child.printed("received SIGINT, already shutting down")
      await child.printed("a second has passed")
      child.kill("SIGTERM")
      expect(await child.exit).toEqual({ code: 128 + constants.signals.SIGTERM, signal: null })
      expect(child.output()).toContain(
        `received SIGTERM again: exiting at once with code 143, services still running: "hung"\n`
      )
    }
  )

  it.each(["by default", "catchSignals for Effect programs", "runMain"])(
    "bounds the shutdown with 25 seconds once it catches signals, and the process with 1 more (rule 13): %s",
    async (how) => {
      const child = run("default-timeout", [how])
      await child.exit
      expect(child.output().split("\n").filter((line) => !/^[[ ]/.test(line))).toEqual([
        "24.999 seconds",
        "Abandoned",
        "25 seconds",
        "25.999 seconds",
        "exit 1",
        "26 seconds",
        "an hour",
        ""
      ])
    }
  )

  it.each(["opted out", "no signals"])("and not when %s", async (how) => {
    const child = run("default-timeout", [how])
    await child.exit
    expect(child.output()).toMatch(/^24.999 seconds\n25 seconds\n25.999 seconds\n26 seconds\nan hour\n$/)
  })

  it("keeps nothing in memory of governors that were shut down", async () => {
    const child = run("forgotten")
    await child.exit
    expect(child.output()).toContain("governors 0\n")
  })

  it("one listener each for any number of governors, none before and none after, and no timer", async () => {
    const child = run("listeners")
    expect(await child.exit).toEqual({ code: 1, signal: null }) // an abandoned run has not settled
    const lines = child.output().trim().split("\n")
    expect(lines[0]).toBe("before: 0 0 0 0 0 0, 0 timers")
    expect(lines[1]).toBe("abandoned: 0 0 0 0 0 0, 0 timers")
    expect(lines[2]).toBe("made: 0 0 0 0 0 0, 0 timers")
    expect(lines[3]).toMatch(/^up: 1 1 1 1 1 1, /)
    expect(lines[4]).toBe("down: 0 0 0 0 0 0, 0 timers")
    expect(lines[5]).toBe("errors of outputs: 1 1, then 0 0")
  })
})

describe("exit codes (rule 16)", () => {
  it.each<[string, ReadonlyArray<string>, number]>([
    ["0 when all is over and well", ["returns"], 0],
    ["1 when a service failed", ["crashes"], 1],
    ["what the user set, when all is well", ["returns", "5"], 5],
    ["what the user set, when a service failed", ["crashes", "5"], 5]
  ])("%s", async (_, args, code) => {
    const child = run("over", args)
    expect(await child.exit).toEqual({ code, signal: null })
    expect(child.output()).toContain(`ok ${args[0] === "returns"}`)
  })

  it.each<[string, ReadonlyArray<string>, number]>([
    ["1 when an abandoned run holds the process", [`{"shutdownTimeout":50}`], 1],
    ["1 when an abandoned run of a governor inside was asked to end before", [
      `{"shutdownTimeout":50}`,
      "stopped inside of another"
    ], 1],
    ["1 when an abandoned run holds nothing", [`{"stopTimeout":50}`, "holds nothing"], 1],
    ["what the user set, when an abandoned run holds the process", [`{"stopTimeout":50}`, "exit code 7"], 7]
  ])("%s", async (_, args, code) => {
    const child = run("hung", args)
    await child.printed("up\n")
    child.kill("SIGTERM")
    expect(await child.exit).toEqual({ code, signal: null })
    expect(child.output()).toContain("reported")
    expect(child.output()).toMatch(/\[(outer\/)?hung\] abandoned/)
    const line = /exiting with code (\d), because abandoned runs keep the process up: "(outer\/)?hung"/.exec(
      child.output()
    )
    expect(line?.[1]).toBe(args[1] === "holds nothing" ? undefined : String(code))
  })
})

it("an abandoned run of one governor does not cut the stop of another short", async () => {
  const child = run("two")
  await child.printed("up\n")
  child.kill("SIGTERM")
  expect(await child.exit).toEqual({ code: 1, signal: null })
  expect(child.output()).toContain("slow has stopped")
})

describe("errors nobody catches", () => {
  it("a second one, while the process leaves for the first, is logged only", async () => {
    const child = run("uncaught-again")
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.output()).toContain("Error: the second error")
    expect(child.output()).toContain("slow has stopped")
  })

  it.each(["error event", "rejection", "exception"])(
    "with catchUncaught, an %s is logged and all leave, with 1",
    async (how) => {
      const child = run("uncaught", [how, "caught"])
      expect(await child.exit).toEqual({ code: 1, signal: null })
      const origin = how === "rejection" ? "unhandledRejection" : "uncaughtException"
      expect(child.output()).toContain(`error an uncaught error reached the process (${origin})\nError: nobody listens`)
      expect(child.output()).toContain("stopped\n")
      expect(child.output()).toContain(`reason {"_tag":"Uncaught","cause":{"name":"Error","message":"nobody listens"`)
    }
  )

  it.each([
    ["error event", "feed"],
    ["rejection", "feed"],
    ["exception", "feed"],
    ["exception", "ingest/feed"]
  ])("with catchUncaught, an %s in a callback of a service names the service: %s", async (how, service) => {
    const child = run("uncaught", [how, "caught", service])
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.output()).toContain(`error [${service}] an uncaught error reached the process`)
  })

  it("without it, they kill the process past every stop()", async () => {
    const child = run("uncaught", ["error event"])
    expect((await child.exit).code).toBe(1)
    expect(child.output()).not.toContain("stopped")
    expect(child.output()).toContain("nobody listens")
  })
})
