import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { DuplicateService, GovernorFailed, InvalidOption } from "../../src/GovernorError.ts"
import { codeOfEnd, codeOfError, codeOfProgram, worst } from "../../src/node/exitCode.ts"
import type { ServiceReport, ShutdownReason } from "../../src/ShutdownReport.ts"

const cause = Cause.fail("no")
const signal: ShutdownReason = { _tag: "Signal", signal: "SIGTERM" }
const allOver: ShutdownReason = { _tag: "AllOver" }
const significant: ShutdownReason = { _tag: "Significant", service: "main", cause }

const well: ServiceReport = { name: "a", outcome: "Stopped", duration: 1 }
const failed: ServiceReport = { name: "b", outcome: "Failed", duration: 0, cause }
const late: ServiceReport = { name: "c", outcome: "Abandoned", duration: 100, cause }

describe("the exit code by cause", () => {
  it.each<
    [
      string,
      ShutdownReason,
      ReadonlyArray<ServiceReport>,
      { readonly ok?: boolean; readonly unsettled?: string },
      number
    ]
  >([
    ["clean", signal, [well], { ok: true }, 0],
    ["all are over, and well", allOver, [well], { ok: true }, 0],
    ["a significant service is over, and well", { _tag: "Significant", service: "main" }, [well], { ok: true }, 0],
    ["a service failed in the stop, or before it", signal, [well, failed], {}, 75],
    ["the same, by hand", { _tag: "Requested" }, [failed], {}, 75],
    ["the same, by the scope", { _tag: "ScopeClosed" }, [failed], {}, 75],
    ["the same, because a significant service is over", { _tag: "Significant", service: "main" }, [failed], {}, 75],
    ["a run was abandoned", signal, [failed, late], {}, 124],
    ["a run was abandoned in a governor inside", signal, [failed], { unsettled: "inner/c" }, 124],
    ["a run that has not settled counts though the report is ok", signal, [well], { ok: true, unsettled: "a" }, 124],
    ["all are over, and one failed", allOver, [well, failed], {}, 70],
    ["all are over, and one was abandoned", allOver, [late], {}, 124],
    ["a significant service failed", significant, [failed], {}, 70],
    ["a significant service failed, and another was abandoned", significant, [failed, late], { unsettled: "c" }, 70],
    ["an error was not caught", { _tag: "Uncaught", cause }, [well], { ok: true }, 70],
    ["the process may not be in its cluster", { _tag: "Expelled", cause }, [well], {}, 70]
  ])("%s", (_, reason, services, { ok = false, unsettled }, code) => {
    expect(codeOfEnd({ ok, reason, services }, unsettled === undefined ? [] : [unsettled])).toBe(code)
  })

  const invalid = new InvalidOption({ field: "name", expected: "a name", actual: "1" })
  it.each<[unknown, boolean, number]>([
    [invalid, false, 78],
    [new DuplicateService({ service: "a" }), false, 78],
    [{ _tag: "ConfigError" }, false, 78],
    [invalid, true, 70],
    [new Error("boom"), false, 70],
    ["boom", false, 70],
    [undefined, false, 70],
    [null, false, 70]
  ])("of error %o, when a service had run: %s, is %i", (error, hasRun, code) => {
    expect(codeOfError(error, hasRun)).toBe(code)
  })

  it("reads no error that does not let itself be read", () => {
    const hostile = {
      get _tag() {
        throw new Error("no")
      }
    }
    expect(codeOfError(hostile, false)).toBe(70)
  })

  const report = { ok: false, reason: signal, duration: 1, services: [] }
  const governorFailed = new GovernorFailed({ governor: "g", service: "s", report })
  it.each([
    { code: 0, ends: 0, error: undefined, is: 0 },
    { code: 0, ends: 75, error: undefined, is: 75 },
    { code: 0, ends: 124, error: undefined, is: 124 },
    { code: 1, ends: 0, error: "boom", is: 70 },
    { code: 1, ends: 0, error: invalid, is: 78 },
    { code: 1, ends: 75, error: "the report was not ok", is: 75 },
    { code: 1, ends: 124, error: governorFailed, is: 70 },
    { code: 42, ends: 75, error: "it has an errorExitCode", is: 42 },
    { code: 130, ends: 0, error: undefined, is: 130 }
  ])("of a program whose exit gives $code, and whose governors give $ends, is $is", ({ is, ...facts }) => {
    expect(codeOfProgram({ hasRun: false, ...facts })).toBe(is)
  })

  it("is that of the most telling cause", () => {
    expect(worst([])).toBe(0)
    expect(worst([0, 0])).toBe(0)
    const codes = [0, 1, 75, 124, 70, 78]
    codes.forEach((code, i) => expect(worst(codes.slice(0, i + 1).toReversed())).toBe(code))
  })
})
