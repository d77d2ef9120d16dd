import * as Cause from "effect/Cause"
import { deepStrictEqual } from "node:assert"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { type Ends, endsOf, make, makeInside, type ServiceReport } from "../src/ShutdownReport.ts"

const reason = { _tag: "AllOver" } as const
const ended = (name: string): ServiceReport => ({ name, outcome: "Stopped", duration: 3 })
const failed: ServiceReport = { name: "failed", outcome: "Failed", duration: 0, cause: Cause.fail("no") }
const late: ServiceReport = { name: "late", outcome: "Stopped", duration: 1, cause: Cause.fail("no") }
const leaf = endsOf([ended("x"), ended("y")], new Map())
const tree = endsOf([ended("a"), ended("b"), ended("c")], new Map([[1, endsOf([ended("in")], new Map([[0, leaf]]))]]))
const names = ["a", "b", "b/in", "b/in/x", "b/in/y", "c"]

describe("a report", () => {
  it("lists those of governors inside by their paths, behind the service that each is in", () => {
    expect(make(reason, 5, tree)).toEqual({ ok: true, reason, duration: 5, services: names.map(ended) })
  })

  it.each<[string, Ends, boolean]>([
    ["no service", endsOf([], new Map()), true],
    ["services that stopped", tree, true],
    ["one that failed", endsOf([ended("a"), failed], new Map()), false],
    ["one that failed while it stopped", endsOf([late], new Map()), false],
    ["one that was abandoned", endsOf([{ ...ended("a"), outcome: "Abandoned" }], new Map()), false],
    [
      "one that failed, inside of one that stopped",
      endsOf([ended("a")], new Map([[0, endsOf([failed], new Map())]])),
      false
    ]
  ])("of %s", (_, ends, ok) => {
    expect(make(reason, 0, ends).ok).toBe(ok)
    expect(makeInside(reason, 0, ends).ok).toBe(ok)
  })

  it("of a governor inside is the same, with a list that is made once, when it is asked for", () => {
    const made = make(reason, 5, tree)
    const fresh = () => makeInside(reason, 5, tree)
    deepStrictEqual(fresh(), made)
    expect(fresh()).toStrictEqual(made)
    expect({ ...fresh() }).toStrictEqual(made)
    expect(JSON.stringify(fresh())).toBe(JSON.stringify(made))
    expect(structuredClone(fresh())).toStrictEqual(made)
    expect(inspect(fresh())).toBe(inspect(made))
    const report = fresh()
    expect(report.services).toBe(report.services)
    expect(Object.keys(report)).toEqual(Object.keys(made))
  })
})
