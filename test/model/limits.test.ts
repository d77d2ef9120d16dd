import { describe } from "vitest"
import { after300, follows } from "./alone.ts"

describe("a time limit", () => {
  follows("passes its verdict when all is done that is due at the same time", {
    services: { a: { heartbeatTimeout: 600 }, b: { dependsOn: ["a"], restart: after300 } },
    done: ["advance 300", "crash b", "advance 300"],
    told: [
      "b ServiceCrashed #1 at 300, cause",
      "b RestartScheduled #1 at 300, delay: 300, cause",
      "b ServiceStarting #2 at 600, restarts: 1",
      "b ServiceReady #2 at 600",
      "a ServiceUnready #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause"
    ]
  })
})
