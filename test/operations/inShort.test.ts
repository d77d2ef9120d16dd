import { expect, test } from "vitest"
import { ageInSeconds, inSeconds, inShort } from "../../src/operations/inShort.ts"
import { type Made, madeView, thrown } from "./made.ts"

const cause = thrown("refused\nsecond line")

test.each<readonly [Made["status"], string]>([
  [{ _tag: "Pending" }, "never started"],
  [{ _tag: "Waiting", waitingFor: ["db", "cache"] }, "for db and cache"],
  [{ _tag: "Starting" }, ""],
  [{ _tag: "Starting", reason: "no\nlease" }, "no lease"],
  [{ _tag: "Starting", lastFailure: { run: 1, at: 1, cause } }, "Error: refused"],
  [{ _tag: "Starting", run: 2, lastFailure: { run: 1, at: 1, cause } }, ""],
  [{ _tag: "Running" }, ""],
  [{ _tag: "Backoff", until: 127_300, cause }, "next run in 8 s: Error: refused"],
  [{ _tag: "Backoff", until: 120_000 }, "next run is due"],
  [{ _tag: "Backoff", until: Infinity }, "no next run by itself"],
  [{ _tag: "Stopping", reason: "strategy" }, "with its group"],
  [{ _tag: "Stopped", outcome: "Completed" }, "completed"],
  [{ _tag: "Stopped", outcome: "Stopped", cause }, "was asked to end: Error: refused"],
  [{ _tag: "Failed", cause }, "Error: refused"]
])("%j is %j in short", (status, words) => {
  const { now, services } = madeView({ one: { status } })
  expect(inShort(services.get("one")!, now)).toBe(words)
})

test.each([
  [0, "0 s", "0 s"],
  [-5, "0 s", "0 s"],
  [1, "1 s", "0 s"],
  [1999, "2 s", "1 s"],
  [59_001, "1 min", "59 s"],
  [61_000, "1 min 1 s", "1 min 1 s"]
])("%i ms to come are %s in a table, and %s if they are over", (millis, words, age) => {
  expect(inSeconds(millis)).toBe(words)
  expect(ageInSeconds(1000, 1000 + millis)).toBe(age)
})
