import { expect, test } from "vitest"
import { eventInShort } from "../../src/operations/eventInShort.ts"
import type { Event } from "../../src/operations/View.ts"
import { thrown } from "./made.ts"

type Part<E> = E extends Event ? Omit<E, "sequence" | "time" | "service" | "run"> : never

const cause = thrown("refused\nsecond line")

test.each<readonly [Part<Event>, string]>([
  [{ _tag: "ServiceAdded" }, "api: added"],
  [{ _tag: "ServiceRemoved" }, "api: removed"],
  [{ _tag: "ServiceWaiting", waitingFor: ["db", "cache"] }, "api: waits for db and cache"],
  [{ _tag: "ServiceStarting", restarts: 0 }, "api: run 3 begins"],
  [{ _tag: "ServiceReady" }, "api: run 3 is ready"],
  [{ _tag: "ServiceUnready", reason: "no\nlease" }, "api: run 3 is not ready any more: no lease"],
  [{ _tag: "ServiceUnready", cause }, "api: run 3 is not ready any more: Error: refused"],
  [{ _tag: "ServiceCompleted" }, "api: run 3 completed"],
  [{ _tag: "ServiceCrashed", cause }, "api: run 3 crashed: Error: refused"],
  [{ _tag: "ServiceInterrupted" }, "api: run 3 ended as asked"],
  [{ _tag: "RestartScheduled", delay: 1500 }, "api: next run in 1.5 s"],
  [{ _tag: "RestartLimitExceeded", cause }, "api: too many restarts"],
  [{ _tag: "ServiceStopping", reason: "dependency" }, "api: asked to stop (dependency)"],
  [{ _tag: "ServiceStopped" }, "api: stopped"],
  [{ _tag: "ServiceFailed", cause }, "api: failed: Error: refused"],
  [{ _tag: "ServiceAbandoned", cause }, "api: run 3 was abandoned"],
  [{ _tag: "LateFailure", cause }, "api: run 3 failed later: Error: refused"]
])("%j is %j in short", (part, words) => {
  expect(eventInShort({ ...part, service: "api", run: 3, time: 0, sequence: 1 } as Event)).toBe(words)
})

test("an event of a governor says of which", () => {
  const event = { _tag: "ShutdownStarted", reason: { _tag: "Manual" }, time: 0, sequence: 1 } as unknown as Event
  expect(eventInShort(event)).toBe("the shutdown begins")
  expect(eventInShort({ ...event, governor: "ingest" } as Event)).toBe("the shutdown inside ingest begins")
  expect(eventInShort({ _tag: "EventsDropped", count: 3, time: 0, sequence: 1 })).toBe("3 events were dropped")
})
