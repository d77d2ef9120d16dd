import * as Cause from "effect/Cause"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { fromEvent, fromReport, fromStatus } from "../../src/internal/bridge/plain.ts"
import { fromCause } from "../../src/internal/bridge/thrown.ts"
import { Governor, type GovernorEvent } from "../../src/promise/index.ts"
import { event, report, status } from "../facts.ts"

/** Converts whatever it finds, key by key: slow, and without knowledge of what facts are. */
const recursively = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Cause.isCause(value)) return fromCause(value)
  if (Array.isArray(value)) return value.map(recursively)
  return Object.fromEntries(Object.keys(value).map((key) => [key, recursively(Reflect.get(value, key))]))
}

/** What was thrown, which an object has beside what one sees of it. */
const errorsIn = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  if (Object.getOwnPropertyDescriptor(value, "error")?.enumerable === false) return [Reflect.get(value, "error")]
  return Object.values(value).flatMap(errorsIn)
}

const agrees = <A>(facts: fc.Arbitrary<A>, convert: (fact: A) => unknown) =>
  fc.assert(fc.property(facts, (fact) => {
    const [actual, expected] = [convert(fact), recursively(fact)]
    assert.deepStrictEqual(actual, expected)
    assert.strictEqual(JSON.stringify(actual), JSON.stringify(expected))
    const [mine, theirs] = [errorsIn(actual), errorsIn(expected)]
    assert.isTrue(mine.length === theirs.length && mine.every((error, i) => Object.is(error, theirs[i])))
    assert.notStrictEqual(actual, fact)
  }))

describe("facts as plain objects", () => {
  it("are of a status what it says, with its cause as it was thrown", () => agrees(status, fromStatus))
  it("are of a report what it says", () => agrees(report, fromReport))
  it("are of an event what it says", () => agrees(event, (one) => fromEvent(one)))

  it("are the same object for all who listen to an event", async () => {
    const governor = new Governor({ log: () => {} })
    const heard: Array<GovernorEvent> = []
    const heardToo: Array<GovernorEvent> = []
    governor.onEvent((event) => heard.push(event))
    governor.onEvent((event) => heardToo.push(event))
    governor.add("a", () => Promise.reject(new Error("no")))
    governor.start()
    const report = await governor.shutdown()
    assert.isAbove(heard.length, 4)
    assert.isTrue(heard.every((event, i) => event === heardToo[i]))
    assert.strictEqual(new Set(heard).size, heard.length)
    const last = heard.at(-1)
    assert.isTrue(last?._tag === "ShutdownCompleted" && last.report === report)
  })
})

describe("status()", () => {
  const names = ["a", "b", "c"]
  const up = async () => {
    const governor = new Governor({ log: () => {} })
    for (const name of names) governor.add(name, async ({ sleep }) => void await sleep("Infinity"))
    governor.start()
    await governor.whenReady()
    return governor
  }
  const namesOf = (governor: Governor) => governor.status().map(({ name }) => name)

  it("gives the same object for a service as long as its status is the same", async () => {
    await using governor = await up()
    const before = governor.status()
    const handle = governor.get("b")
    await handle.restart()
    const after = governor.status()
    assert.deepStrictEqual(after.map((status, i) => status === before[i]), [true, false, true])
    assert.deepStrictEqual(after[1], handle.status())
    assert.deepStrictEqual([before[1]?.run, after[1]?.run], [1, 2])
  })

  it("is right whoever has gone, come, or put an older list in another order", async () => {
    await using governor = await up()
    const list: Array<unknown> = governor.status() as []
    list.reverse()
    assert.deepStrictEqual(namesOf(governor), names)
    await governor.get("a").remove()
    assert.deepStrictEqual(namesOf(governor), ["b", "c"])
    governor.add("d", () => {})
    assert.deepStrictEqual(namesOf(governor), ["b", "c", "d"])
    assert.deepStrictEqual(governor.status(), ["b", "c", "d"].map((name) => governor.get(name).status()))
  })
})
