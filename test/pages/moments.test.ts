import { expect, test } from "vitest"
import { failureFrom, failureNear, failuresIn, indexOf, momentInWords } from "../../src/page/moments.ts"
import { asked, crash, thrown } from "../operations/made.ts"
import { backs, type Fact, ready, stopped, stops, told } from "../operations/told.ts"

const crashed = (time: number, service: string): Fact => ({
  _tag: "ServiceCrashed",
  service,
  run: 1,
  time,
  cause: thrown("no connection")
})

const events = [3, 4, 8].map((sequence) => crash("api", sequence))

test.each([[0, 0], [2, 0], [3, 1], [4, 2], [7, 2], [8, 3], [99, 3]])(
  "what was after event %i is what was after %i of the events that are kept",
  (sequence, index) => {
    expect(indexOf(events, sequence)).toBe(index)
    expect(indexOf([], sequence)).toBe(0)
  }
)

test("a moment says how long ago it was, and what happened", () => {
  expect(momentInWords(crash("api", 1000), 63_500)).toMatch(
    /^\d\d:\d\d:\d\d\.000 \(1 min 2 s ago\) api: run 1 crashed: Error: no connection$/
  )
  expect(momentInWords(crash("api", 1000), 63_500, true)).toMatch(/\(1 min 2 s before now\)/)
  expect(momentInWords(undefined, 0)).toBe("before the oldest event that is kept")
})

test("the failures before and after a moment are found, and not the one that is shown", () => {
  const events = [asked("api", "stop"), crash("api", 2), asked("api", "stop"), crash("api", 4)]
  const found = [0, 1, 2, 3, 4].map((index) => [failureFrom(events, index, -1), failureFrom(events, index, 1)])
  expect(found).toEqual([[undefined, 2], [undefined, 2], [undefined, 4], [2, 4], [2, undefined]])
})

test("a failure is looked at where it shows: in the state of the service, and in those that it takes down", () => {
  const events = told(
    ready(0, "db"),
    crashed(1, "db"),
    crashed(1, "other"),
    backs(1, "other"),
    backs(1, "db"),
    stops(1, "api", "dependency"),
    stops(2, "web", "dependency"),
    stopped(3, "api"),
    ready(60_000, "db"),
    crashed(70_000, "db"),
    backs(80_000, "db") // what it has opened took so long to close
  )
  const forth = [0, 1, 3, 4, 7, 9, 10].map((index) => failureFrom(events, index, 1))
  expect(forth).toEqual([4, 4, 4, 7, 10, 10, undefined])
  const back = [11, 10, 9, 7, 4, 2].map((index) => failureFrom(events, index, -1))
  expect(back).toEqual([10, 7, 7, 4, undefined, undefined])
})

test("the failure that is nearest to a place is found, and none that is far away", () => {
  const events = Array.from({ length: 200 }, (_, i) => i === 40 || i === 43 ? crash("api", i) : asked("api", "stop"))
  expect([0.2, 0.213, 0.22, 0.25, 0].map((share) => failureNear(events, share))).toEqual([
    41,
    44,
    44,
    undefined,
    undefined
  ])
  expect(failureNear([], 0.5)).toBeUndefined()
})

test("each failure is counted in its part of the events", () => {
  const events = Array.from({ length: 10 }, (_, i) => i % 4 === 0 ? crash("api", i) : asked("api", "stop"))
  expect(failuresIn(events, 5)).toEqual([1, 0, 1, 0, 1])
  expect(failuresIn(events, 1)).toEqual([3])
  expect(failuresIn([], 3)).toEqual([0, 0, 0])
})
