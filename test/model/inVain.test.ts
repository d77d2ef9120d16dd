import { describe } from "vitest"
import { after300, follows } from "./alone.ts"

/** It is abandoned 600 ms after it began, and was never ready. */
const unready = { restart: after300, readiness: "manual", startTimeout: 300, stubborn: true } as const

describe("those that failed for they waited for an abandoned one (rule 13)", () => {
  follows("wait again when it restarts, as do those that waited for them", {
    services: { c: { dependsOn: ["b"] }, a: unready, b: { dependsOn: ["a"] } },
    done: ["advance 600", "release a", "advance 300", "ready a"],
    told: [
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "b ServiceFailed #0 at 600, cause",
      "c ServiceFailed #0 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a RestartScheduled #1 at 600, delay: 300, cause",
      "c ServiceWaiting #0 at 600, for: b",
      "b ServiceWaiting #0 at 600, for: a",
      "a ServiceStarting #2 at 900, restarts: 1",
      "a ServiceReady #2 at 900",
      "b ServiceStarting #1 at 900, restarts: 0",
      "b ServiceReady #1 at 900",
      "c ServiceStarting #1 at 900, restarts: 0",
      "c ServiceReady #1 at 900"
    ]
  })

  follows("stay as they are if it does not restart", {
    services: { a: { ...unready, restart: undefined }, b: { dependsOn: ["a"] } },
    done: ["advance 600", "release a", "start a", "ready a"],
    told: [
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "b ServiceFailed #0 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a ServiceStarting #2 at 600, restarts: 0",
      "a ServiceReady #2 at 600"
    ]
  })

  follows("stay as they are if they failed through others too, or were stopped", {
    services: {
      a: unready,
      other: { readiness: "manual" },
      both: { dependsOn: ["a", "other"] },
      stopped: { dependsOn: ["a"] }
    },
    done: ["crash other", "advance 600", "stop stopped", "release a", "advance 300", "ready a"],
    told: [
      "other ServiceCrashed #1 at 0, cause",
      "other ServiceFailed #1 at 0, cause",
      "both ServiceFailed #0 at 0, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "stopped ServiceFailed #0 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a RestartScheduled #1 at 600, delay: 300, cause",
      "a ServiceStarting #2 at 900, restarts: 1",
      "a ServiceReady #2 at 900"
    ],
    statuses: [
      "a: Running #2 since 900, restarts: 1",
      "other: Failed #1 since 0, restarts: 0, cause",
      "both: Failed #0 since 0, restarts: 0, cause",
      "stopped: Failed #0 since 600, restarts: 0, cause"
    ]
  })

  follows("stay as they are if one that they waited for stays as it is, for what that waited for is gone", {
    services: {
      gone: { readiness: "completed" },
      c: { dependsOn: ["gone"] },
      a: unready,
      d: { dependsOn: ["a", "c"] }
    },
    done: ["crash gone", "close gone", "advance 600", "release a"],
    told: [
      "gone ServiceCrashed #1 at 0, cause",
      "gone ServiceFailed #1 at 0, cause",
      "c ServiceFailed #0 at 0, cause",
      "d ServiceFailed #0 at 0, cause",
      "gone ServiceRemoved #1 at 0",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a RestartScheduled #1 at 600, delay: 300, cause"
    ],
    statuses: [
      "c: Failed #0 since 0, restarts: 0, cause",
      "a: Backoff #1 since 600, restarts: 0, until: 900, cause",
      "d: Failed #0 since 0, restarts: 0, cause"
    ]
  })
})
