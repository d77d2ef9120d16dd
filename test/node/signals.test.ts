import * as Duration from "effect/Duration"
import { describe, expect, it } from "vitest"
import { InvalidOption } from "../../src/GovernorError.ts"
import { settingsOf } from "../../src/node/signals.ts"

describe("the options of catchSignals and runMain (rules 16a, 16b and 17)", () => {
  it("are four signals, a second, no uncaught errors and plain exit codes by default", () => {
    expect(settingsOf({})).toEqual({
      signals: new Set(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]),
      again: 1000,
      catchUncaught: false,
      exitCodes: "plain",
      terminationMessage: undefined
    })
    const undefineds = {
      signals: undefined,
      again: undefined,
      catchUncaught: undefined,
      exitCodes: undefined,
      terminationMessage: undefined
    }
    expect(settingsOf(undefineds)).toEqual(settingsOf({}))
  })

  it("take any list of signals, and any duration", () => {
    expect(settingsOf({ signals: ["SIGUSR2", "SIGUSR2"] }).signals).toEqual(new Set(["SIGUSR2"]))
    expect(settingsOf({ again: "10 seconds" }).again).toBe(10_000)
    expect(settingsOf({ again: Duration.minutes(1) }).again).toBe(60_000)
    expect(settingsOf({ again: 0 }).again).toBe(0)
    expect(settingsOf({ again: "never" }).again).toBe(Infinity)
    expect(settingsOf({ again: "Infinity" }).again).toBe(Infinity)
    expect(settingsOf({ catchUncaught: true }).catchUncaught).toBe(true)
  })

  const names = `"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGUSR1", "SIGUSR2"`
  const duration = `a duration such as 1000 (milliseconds), "500 millis" or "1 second", not negative, or "never"`
  it.each<[object, string, string, string]>([
    [{ signals: [] }, "signals", `a list of at least one of ${names}`, "[]"],
    [{ signals: "SIGTERM" }, "signals", `a list of at least one of ${names}`, `"SIGTERM"`],
    [{ signals: ["SIGTERM", "SIGKILL"] }, "signals", `a list of at least one of ${names}`, `["SIGTERM","SIGKILL"]`],
    [{ signals: null }, "signals", `a list of at least one of ${names}`, "null"],
    [{ again: -1 }, "again", duration, "-1"],
    [{ again: NaN }, "again", duration, "NaN"],
    [{ again: "soon" }, "again", duration, `"soon"`],
    [{ again: null }, "again", duration, "null"],
    [{ catchUncaught: 1 }, "catchUncaught", "true or false", "1"],
    [{ exitCodes: "causes" }, "exitCodes", `"plain" or "cause"`, `"causes"`],
    [{ terminationMessage: "" }, "terminationMessage", "the path of a file, or false", `""`],
    [{ terminationMessage: true }, "terminationMessage", "the path of a file, or false", "true"]
  ])("are refused: %o", (options, field, expected, actual) => {
    const check = () => settingsOf(options)
    expect(check).toThrow(InvalidOption)
    expect(check).toThrow(expect.objectContaining({ field, expected, actual }))
  })
})
