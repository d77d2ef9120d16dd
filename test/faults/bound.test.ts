import { expect, it } from "vitest"
import { heldBy, mayHold, type Other, withAbove } from "./bound.ts"

const running: Other = { stage: "ready", status: { _tag: "Running", run: 1 }, hasToComplete: false }

it.each<[Partial<Other>, boolean]>([
  [{}, true],
  [{ stage: "absent", status: undefined }, false],
  [{ stage: "pending", status: { _tag: "Pending", run: 0 } }, false],
  [{ stage: "waiting", status: { _tag: "Waiting", run: 1 } }, false],
  [{ stage: "unready", status: { _tag: "Starting", run: 1 } }, false],
  [{ stage: "hung", status: { _tag: "Starting", run: 1 } }, false],
  [{ stage: "crashed" }, false],
  [{ stage: "stopping", status: { _tag: "Stopping", run: 1 } }, false],
  [{ stage: "delayed", status: { _tag: "Backoff", run: 1 } }, true],
  [{ stage: "delayed", status: { _tag: "Backoff", run: 1, cause: "boom" } }, false],
  [{ stage: "over", status: { _tag: "Stopped", run: 1, outcome: "Stopped" } }, false],
  [{ stage: "over for good", status: { _tag: "Stopped", run: 1, outcome: "Completed" } }, true],
  [{ stage: "over for good", status: { _tag: "Failed", run: 1 } }, false],
  [{ hasToComplete: true, stage: "unready", status: { _tag: "Starting", run: 2 } }, true],
  [{ hasToComplete: true, stage: "pending", status: { _tag: "Pending", run: 0 } }, false],
  [{ hasToComplete: true, stage: "over", status: { _tag: "Stopped", run: 1, outcome: "Stopped" } }, false]
])("what is bound to %j may begin: %j", (other, may) => {
  expect(mayHold({ ...running, ...other })).toBe(may)
})

const known: Record<string, { bindsTo?: Array<string>; dependsOn?: Array<string> }> = {
  cache: { bindsTo: ["store"] },
  api: { dependsOn: ["cache"] },
  web: { bindsTo: ["api"], dependsOn: ["store"] }
}
const below = (service: string) => known[service] ?? {}

it.each<[there: Array<string>, closing: Array<string>, held: Array<string>]>([
  [["api"], [], []],
  [["api"], ["cache"], ["cache"]],
  [["web"], [], ["api"]],
  [["web"], ["store"], ["api", "store"]],
  [[], ["cache", "store"], []]
])("while %j is there and layers are to end %j, these may wait: %j", (there, closing, held) => {
  expect(Array.from(heldBy(there, below, (service) => closing.includes(service)))).toEqual(held)
})

it.each([
  ["api", ["api", "web"]],
  ["store", ["store", "cache", "web", "api"]],
  ["other", ["other"]]
])("a closing layer of %j ends %j", (service, ended) => {
  expect(Array.from(withAbove(service, Object.keys(known), below))).toEqual(ended)
})
