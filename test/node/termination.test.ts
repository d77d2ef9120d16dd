import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { DependencyFailed, RestartLimitExceeded } from "../../src/GovernorError.ts"
import { Hub } from "../../src/node/Hub.ts"
import { makeMember } from "../../src/node/HubState.ts"
import { settingsOf } from "../../src/node/signals.ts"
import { bytesOf, type Ending, messageOf } from "../../src/node/termination.ts"
import type { ShutdownReason } from "../../src/ShutdownReport.ts"
import { SimulatedSystem } from "./SimulatedSystem.ts"

const clean: Ending = {
  reason: { _tag: "Signal", signal: "SIGTERM" },
  duration: 1250,
  services: [{ name: "fine", outcome: "Stopped", duration: 3 }],
  unsettled: [],
  running: []
}

const failing = (error: unknown): Ending => ({
  ...clean,
  services: [{ name: "a", outcome: "Failed", duration: 0, cause: Cause.die(error) }]
})

describe("the termination message", () => {
  it("says why, how long it took, who failed with what, who was abandoned and who still runs", () => {
    const limit = new RestartLimitExceeded({
      service: "feed",
      maxRestarts: 3,
      withinMillis: 1000,
      exits: [],
      cause: new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") })
    })
    const message = messageOf(124, [{
      ...clean,
      services: [
        { name: "feed", outcome: "Failed", duration: 0, cause: Cause.fail(limit) },
        { name: "db", outcome: "Stopped", duration: 3, cause: Cause.die(new Error("boom")) },
        { name: "hung", outcome: "Abandoned", duration: 1000, cause: Cause.die("late") },
        { name: "later", outcome: "Abandoned", duration: 1000 }
      ],
      unsettled: ["hung", "inner/deep", "busy"],
      running: ["busy"]
    }])
    expect(message).toBe(
      `exit code 124
the process received SIGTERM; the shutdown took 1.25 s
failed: "feed": RestartLimitExceeded: service "feed" needed 0 restarts within 1 s, but its maxRestarts is 3; root cause: Error: connect ECONNREFUSED
failed: "db" while it stopped: Error: boom
abandoned: "hung", "later", "inner/deep"
still running: "busy"
`
    )
  })

  it("says of each governor how it ended, and first which error ended the process", () => {
    expect(messageOf(70, [clean, { ...clean, reason: undefined, duration: undefined }], ["x"])).toBe(
      `exit code 70\nerror: "x"\nthe process received SIGTERM; the shutdown took 1.25 s\nno shutdown had begun\n`
    )
  })

  it.each<[ShutdownReason, string]>([
    [{ _tag: "Uncaught", cause: Cause.die(1) }, "an uncaught error reached the process"],
    [{ _tag: "Expelled", cause: Cause.die(new Error("gone")) }, "the process may not be in its cluster: Error: gone"],
    [{ _tag: "Requested" }, "a shutdown was asked for"],
    [{ _tag: "Requested", message: "maintenance" }, "a shutdown was asked for: maintenance"],
    [{ _tag: "Aborted", cause: Cause.die(1) }, "the signal of the governor was aborted"],
    [{ _tag: "ScopeClosed" }, "the scope of the governor was closed"],
    [{ _tag: "Significant", service: "main" }, `the significant service "main" is over`],
    [{ _tag: "Significant", service: "main", cause: Cause.die(1) }, `the significant service "main" failed`],
    [{ _tag: "AllOver" }, "all services are over"]
  ])("says why: %o", (reason, words) => {
    expect(messageOf(1, [{ ...clean, reason, duration: undefined }]).split("\n")[1]).toBe(words)
  })

  const own = new Error("own")
  own.cause = own
  const hostile = new Error("hostile")
  Object.defineProperty(hostile, "cause", {
    get: () => {
      throw new Error("no")
    }
  })
  const unprintable = {
    toString: () => {
      throw new Error("no")
    }
  }
  const dependency = new DependencyFailed({ service: "a", dependency: "b", cause: Cause.fail("no disk") })
  it.each<[string, unknown, string]>([
    ["its own cause", own, "Error: own"],
    ["a cause that cannot be read", hostile, "Error: hostile"],
    ["no words", unprintable, "an error that cannot be printed"],
    ["the failure of a dependency", dependency, `${String(dependency)}; root cause: "no disk"`],
    ["many lines", new Error("one\ntwo"), "Error: one"],
    ["many words", "x".repeat(10_000), `"${"x".repeat(499)}…`]
  ])("has a line for an error with %s", (_, error, words) => {
    expect(messageOf(1, [failing(error)]).split("\n")[2]).toBe(`failed: "a": ${words}`)
  })

  it("has at most 4096 bytes, and no part of a character", () => {
    expect(bytesOf("héllo")).toEqual(new TextEncoder().encode("héllo"))
    expect(bytesOf("")).toHaveLength(0)
    for (const character of ["x", "é", "€", "🙂"]) {
      for (const before of ["", "x", "xx", "xxx"]) {
        const bytes = bytesOf(before + character.repeat(5000))
        expect(bytes.length).toBeGreaterThan(4096 - 4)
        expect(bytes.length).toBeLessThanOrEqual(4096)
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
        expect(text).toBe(before + character.repeat((text.length - before.length) / character.length))
      }
    }
  })
})

describe("a process that leaves", () => {
  const make = () => {
    const system = new SimulatedSystem()
    const hub = new Hub(system)
    const governor = (name: string, terminationMessage: string | false = "/log") => {
      const member = makeMember({
        shutdown: () => Promise.resolve(),
        reason: () => undefined,
        shutdownTimeout: () => 1000,
        running: () => [`${name} service`],
        unsettled: () => [],
        log: () => {}
      })
      hub.catches(member, settingsOf({ terminationMessage }))
      return {
        begins: () => hub.begins(member),
        ends: (ok: boolean) => {
          const services = ok ? [] : failing(new Error(name)).services
          hub.ends(member, { ok, reason: { _tag: "Requested" }, duration: 5, services })
        }
      }
    }
    return { system, governor }
  }

  it("writes at its end, and only what still holds", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.begins()
    one.ends(false)
    expect(system.files.size).toBe(0)
    one.begins()
    one.ends(true)
    system.exit()
    expect(system.files.size).toBe(0)
    expect(system.listening()).toEqual([])
    one.begins()
    one.ends(false)
    expect(system.listening()).toEqual(["exit"])
    system.exit()
    expect(system.files.get("/log")).toBe(
      `exit code 1\na shutdown was asked for; the shutdown took 5 ms\nfailed: "a": Error: one\n`
    )
  })

  it("says which services still run", () => {
    const { governor, system } = make()
    governor("one").begins()
    system.signal("SIGTERM")
    system.advance(1000)
    system.signal("SIGTERM")
    expect(system.files.get("/log")).toBe(`exit code 143\nno shutdown had begun\nstill running: "one service"\n`)
  })

  it("keeps the latest sixteen governors that failed", () => {
    const { governor, system } = make()
    for (let i = 0; i < 20; i++) {
      const each = governor(`failed ${i}`)
      each.begins()
      each.ends(false)
    }
    system.exit()
    const lines = system.files.get("/log")!.split("\n").filter((line) => line.startsWith("failed"))
    expect(lines).toEqual(Array.from({ length: 16 }, (_, i) => `failed: "a": Error: failed ${i + 4}`))
  })

  it("does not listen for a message that nobody wants", () => {
    const { governor, system } = make()
    const one = governor("one", false)
    expect(system.listening()).toEqual(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"])
    one.begins()
    one.ends(false)
    expect(system.listening()).toEqual([])
    system.exit()
    expect(system.files.size).toBe(0)
  })

  it("does not take an error for its end that somebody catches", () => {
    const { governor, system } = make()
    const one = governor("one")
    one.begins()
    system.emit("uncaughtExceptionMonitor", new Error("caught"))
    system.advance(0)
    one.ends(true)
    system.exit()
    expect(system.files.size).toBe(0)
    one.begins()
    system.emit("uncaughtExceptionMonitor", new Error("boom"))
    system.exit(1)
    expect(system.files.get("/log")).toContain("exit code 1\nerror: Error: boom\n")
  })
})

describe("where Kubernetes reads it", () => {
  it("is the default there, and only there", () => {
    const before = process.env["KUBERNETES_SERVICE_HOST"]
    try {
      delete process.env["KUBERNETES_SERVICE_HOST"]
      expect(settingsOf({}).terminationMessage).toBe(undefined)
      process.env["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
      expect(settingsOf({}).terminationMessage).toBe("/dev/termination-log")
      expect(settingsOf({ terminationMessage: false }).terminationMessage).toBe(undefined)
      expect(settingsOf({ terminationMessage: "/log" }).terminationMessage).toBe("/log")
    } finally {
      if (before === undefined) delete process.env["KUBERNETES_SERVICE_HOST"]
      else process.env["KUBERNETES_SERVICE_HOST"] = before
    }
  })
})
