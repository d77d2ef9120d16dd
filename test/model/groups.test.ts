import { describe } from "vitest"
import { after300, atOnce, follows } from "./alone.ts"

const inherited = { restart: "inherited" } as const

describe("a group without a delay (rule 20)", () => {
  follows("begins in order at the first start too: none of those that it holds begins before its head is up", {
    governor: { strategy: "rest-for-one", restart: atOnce },
    services: { db: { ...inherited, stumbles: 2 }, api: inherited },
    done: ["startAll"],
    told: [
      "db ServiceStarting #1 at 0, restarts: 0",
      "db ServiceCrashed #1 at 0, cause",
      "db RestartScheduled #1 at 0, delay: 0, cause",
      "db ServiceStarting #2 at 0, restarts: 1",
      "db ServiceCrashed #2 at 0, cause",
      "db RestartScheduled #2 at 0, delay: 0, cause",
      "db ServiceStarting #3 at 0, restarts: 2",
      "db ServiceReady #3 at 0",
      "api ServiceStarting #1 at 0, restarts: 0",
      "api ServiceReady #1 at 0"
    ]
  })

  follows("takes down those that have begun, and all begin in the order in which they were added", {
    governor: { strategy: "one-for-all", restart: atOnce },
    services: { a: inherited, b: { ...inherited, stumbles: 1 }, c: inherited },
    done: ["startAll"],
    told: [
      "a ServiceStarting #1 at 0, restarts: 0",
      "a ServiceReady #1 at 0",
      "b ServiceStarting #1 at 0, restarts: 0",
      "b ServiceCrashed #1 at 0, cause",
      "b RestartScheduled #1 at 0, delay: 0, cause",
      "a ServiceStopping #1 at 0, reason: strategy",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0",
      "a ServiceStarting #2 at 0, restarts: 1",
      "a ServiceReady #2 at 0",
      "b ServiceStarting #2 at 0, restarts: 1",
      "b ServiceReady #2 at 0",
      "c ServiceStarting #1 at 0, restarts: 0",
      "c ServiceReady #1 at 0"
    ]
  })

  follows("waits for one that takes its time to end, and nobody begins meanwhile", {
    governor: { strategy: "one-for-all", restart: atOnce },
    services: { a: { ...inherited, stubborn: true }, b: { ...inherited, stumbles: 1 }, c: {} },
    done: ["startAll", "advance 100", "release a"],
    told: [
      "a ServiceStarting #1 at 0, restarts: 0",
      "a ServiceReady #1 at 0",
      "b ServiceStarting #1 at 0, restarts: 0",
      "b ServiceCrashed #1 at 0, cause",
      "b RestartScheduled #1 at 0, delay: 0, cause",
      "a ServiceStopping #1 at 0, reason: strategy",
      "a ServiceInterrupted #1 at 100",
      "a ServiceStopped #1 at 100",
      "a ServiceStarting #2 at 100, restarts: 1",
      "a ServiceReady #2 at 100",
      "b ServiceStarting #2 at 100, restarts: 1",
      "b ServiceReady #2 at 100",
      "c ServiceStarting #1 at 100, restarts: 0",
      "c ServiceReady #1 at 100"
    ]
  })

  follows("leaves those in the line that do not belong to it", {
    governor: { strategy: "dependents", restart: atOnce },
    services: { db: { ...inherited, stumbles: 1 }, api: { dependsOn: ["db"] }, other: inherited },
    done: ["startAll"],
    told: [
      "db ServiceStarting #1 at 0, restarts: 0",
      "db ServiceCrashed #1 at 0, cause",
      "db RestartScheduled #1 at 0, delay: 0, cause",
      "other ServiceStarting #1 at 0, restarts: 0",
      "other ServiceReady #1 at 0",
      "db ServiceStarting #2 at 0, restarts: 1",
      "db ServiceReady #2 at 0",
      "api ServiceStarting #1 at 0, restarts: 0",
      "api ServiceReady #1 at 0"
    ]
  })
})

describe("a group with a delay (rule 20)", () => {
  follows("begins in order when the delay is over", {
    governor: { strategy: "rest-for-one" },
    services: { db: { restart: after300, stumbles: 1 }, api: { restart: after300 } },
    done: ["startAll", "advance 300"],
    told: [
      "db ServiceStarting #1 at 0, restarts: 0",
      "db ServiceCrashed #1 at 0, cause",
      "db RestartScheduled #1 at 0, delay: 300, cause",
      "db ServiceStarting #2 at 300, restarts: 1",
      "db ServiceReady #2 at 300",
      "api ServiceStarting #1 at 300, restarts: 0",
      "api ServiceReady #1 at 300"
    ]
  })
})
