/** What was thrown, as data for another thread. */
import { describe, expect, it } from "vitest"
import { StopService } from "../../src/worker/index.ts"
import { asOne, toThere } from "../../src/worker/thrown.ts"

const stop = (restart: boolean, error?: unknown) => new StopService({ restart, error })
const [one, two] = [new Error("one"), new RangeError("two")]

describe("all that a run has failed with, as one", () => {
  it.each<[what: string, errors: ReadonlyArray<unknown>, expected: object]>([
    ["an error is itself", [one], { name: "Error", message: "one" }],
    [
      "several are all named",
      [one, two],
      { name: "AggregateError", message: "one; and RangeError: two", errors: [{ message: "one" }, { message: "two" }] }
    ],
    ["a stop is itself", [stop(false)], { name: "StopService", stop: { restart: false } }],
    ["a stop beside an error has it", [one, stop(true)], { stop: { restart: true }, cause: { message: "one" } }],
    ["a stop with an error keeps it", [stop(false, one)], { stop: { restart: false }, cause: { message: "one" } }],
    ["whoever ends the service ends it", [stop(true), stop(false)], { stop: { restart: false } }],
    [
      "a stop with an error beside an error has both",
      [stop(true, one), two],
      { stop: { restart: true }, cause: { name: "AggregateError", errors: [{ message: "one" }, { message: "two" }] } }
    ]
  ])("%s", (_, errors, expected) => {
    expect(toThere(asOne(errors))).toMatchObject(expected)
  })
})

describe("what was thrown, as data", () => {
  it.each<[what: string, thrown: unknown, message: string]>([
    ["a text", "text", "a value was thrown: \"text\""],
    ["data", { _tag: "Empty" }, "a value was thrown: {\"_tag\":\"Empty\"}"],
    ["nothing", undefined, "a value was thrown: undefined"],
    [
      "what cannot be printed",
      Object.create(null, {
        name: {
          get: () => {
            throw one
          }
        },
        message: {}
      }),
      "something was thrown that cannot be printed"
    ]
  ])("is %s", (_, thrown, message) => {
    expect(toThere(thrown)).toMatchObject({ name: "Error", message })
  })

  it("has an end, where errors lead to one another", () => {
    const circle: Error & { cause?: unknown } = new AggregateError([one, two])
    const errors = [circle, circle, circle]
    Object.assign(circle, { cause: circle, errors })
    expect(JSON.stringify(toThere(circle)).match(/"name"/g)).toHaveLength(100)
  })

  it("has no cause of a stop without one", () => {
    expect(toThere(stop(false))).not.toHaveProperty("cause")
  })
})
