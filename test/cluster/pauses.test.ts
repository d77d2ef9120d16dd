import { expect, it } from "vitest"
import type { Violation } from "./audit.ts"
import { isExplained } from "./pauses.ts"

const pauses = [{ node: "a", pid: 1, from: 100, until: 200 }]
const a = { node: "a", pid: 1, epoch: 1 }
const b = { node: "b", pid: 2, epoch: 2 }
const overlap = (from: number, millis: number, stale = a): Violation => ({
  _tag: "Overlap",
  service: "s",
  stale,
  owner: stale === a ? b : a,
  from,
  millis
})
const epoch = (at: number, epoch: number): Violation => ({
  _tag: "EpochNotGrown",
  service: "s",
  ...a,
  epoch,
  at,
  before: 2
})

it.each<[what: string, violation: Violation, isExplained: boolean]>([
  ["an overlap that ends with the pause", overlap(150, 50), true],
  ["an overlap that ends soon after the pause", overlap(150, 80), true],
  ["an overlap that ends long after the pause", overlap(150, 81), false],
  ["an overlap that begins before the pause", overlap(99, 10), false],
  ["an overlap of a node that was not paused", overlap(150, 10, b), false],
  ["a run that begins after the pause with its old epoch", epoch(210, 1), true],
  ["a run that begins with its old epoch much later", epoch(231, 1), false],
  ["a run that begins with an epoch that another has", epoch(210, 2), false],
  ["a stale guarded write", { _tag: "StaleGuardedWrite", service: "s", ...a, at: 150, newest: 2 }, false]
])("%s: %#", (_, violation, expected) => {
  expect(isExplained(violation, pauses, 30)).toBe(expected)
})
