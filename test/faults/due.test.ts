import { describe, expect, it } from "vitest"
import { type Conduct, conductFrom } from "./conduct.ts"
import { type Due, dueOf, wrongAbout } from "./due.ts"
import { randomFrom } from "./random.ts"

const harmless: Conduct = {
  ...conductFrom(randomFrom(1), false),
  ends: "returns",
  stop: "nothing",
  defers: "nothing",
  litter: "nothing"
}

const inShort = ({ isForGood, outcome }: Due) => `${outcome}${isForGood ? " for good" : ""}`

describe("what is due when a run ends by itself", () => {
  it.each<[Partial<Conduct>, promise: string, effect: string]>([
    [{}, "Completed", "Completed"],
    [{ ends: "throws" }, "Crashed", "Crashed"],
    [{ ends: "interrupts itself" }, "Crashed", "Crashed"],
    [{ ends: "stops" }, "Completed", "Completed"],
    [{ ends: "stops for good" }, "Completed for good", "Completed for good"],
    [{ ends: "fails for good" }, "Crashed for good", "Crashed for good"],
    [{ defers: "throws" }, "Crashed", "Completed"],
    [{ defers: "throws", ends: "stops for good" }, "Crashed for good", "Completed for good"],
    [{ defers: "never settles", failsLate: true }, "Crashed", "Completed"],
    [{ defers: "never settles", failsLate: false }, "Completed", "Completed"],
    [{ defers: "once it is over" }, "Completed", "Completed"],
    [{ stop: "throws" }, "Completed", "Crashed"],
    [{ stop: "never settles", failsLate: true }, "Completed", "Crashed"],
    [{ litter: "a failing child" }, "Completed", "either"],
    [{ litter: "a failing child", ends: "throws" }, "Crashed", "Crashed"]
  ])("%j", (conduct, promise, effect) => {
    const due = (kind: "promise" | "effect") => inShort(dueOf({ ...harmless, ...conduct }, kind))
    expect([due("promise"), due("effect")]).toEqual([promise, effect])
  })
})

describe("what is told is held against that:", () => {
  const crashed: Due = { outcome: "Crashed", isForGood: true }
  const completed: Due = { outcome: "Completed", isForGood: false }
  it.each<[Due, Parameters<typeof wrongAbout>[1], string | undefined]>([
    [completed, { _tag: "ServiceCompleted", isVerdict: false }, undefined],
    [completed, { _tag: "ServiceCrashed", isVerdict: false }, "and its run did not fail"],
    [completed, { _tag: "ServiceCrashed", isVerdict: true }, undefined],
    [completed, { _tag: "RestartScheduled", isVerdict: false }, undefined],
    [crashed, { _tag: "ServiceCrashed", isVerdict: false }, undefined],
    [crashed, { _tag: "ServiceCompleted", isVerdict: false }, "and its run failed"],
    [crashed, { _tag: "RestartScheduled", isVerdict: false }, "and its run was the last"],
    [crashed, { _tag: "ServiceInterrupted", isVerdict: false }, undefined],
    [{ outcome: "either", isForGood: false }, { _tag: "ServiceCrashed", isVerdict: false }, undefined]
  ])("%j, %j", (due, told, wrong) => {
    expect(wrongAbout(due, told)).toBe(wrong)
  })
})
