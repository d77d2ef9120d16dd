import { describe } from "vitest"
import { after300, follows } from "./alone.ts"

/** Its runs are abandoned 600 ms after they began. */
const hung = { restart: after300, heartbeatTimeout: 300, stubborn: true } as const

/** Its runs are abandoned 300 ms after they were stopped. */
const stuck = { restart: after300, stopTimeout: 300, stubborn: true } as const

describe("an abandoned run that settles (rule 13)", () => {
  follows("has crashed if it hung, and the policy decides", {
    services: { a: hung },
    done: ["advance 600", "advance 100", "release a", "advance 300"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 700, cause",
      "a RestartScheduled #1 at 700, delay: 300, cause",
      "a ServiceStarting #2 at 1000, restarts: 1",
      "a ServiceReady #2 at 1000"
    ],
    statuses: [
      "a: Running #2 since 1000, restarts: 1"
    ]
  })

  follows("tells first what it failed with", {
    services: { a: hung },
    done: ["advance 600", "crash a"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a LateFailure #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a RestartScheduled #1 at 600, delay: 300, cause"
    ]
  })

  follows("has crashed after a restart by hand, too", {
    services: { a: stuck },
    done: ["restart a", "advance 300", "complete a"],
    told: [
      "a ServiceStopping #1 at 0, reason: restart",
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause",
      "a ServiceCrashed #1 at 300, cause",
      "a RestartScheduled #1 at 300, delay: 300, cause"
    ],
    answers: ["RunAbandoned"]
  })

  follows("leaves its service Failed as it was, if the policy says so, and a start works again", {
    services: { a: { ...hung, restart: undefined } },
    done: ["advance 600", "release a", "advance 100", "start a"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a ServiceStarting #2 at 700, restarts: 0",
      "a ServiceReady #2 at 700"
    ],
    answers: ["done"]
  })

  follows("counts for the limits of restarts", {
    services: { a: { ...hung, restart: { ...after300, maxRestarts: 0 } } },
    done: ["advance 600", "advance 100", "release a"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 700, cause",
      "a RestartLimitExceeded #1 at 700, cause"
    ],
    statuses: [
      "a: Failed #1 since 600, restarts: 0, cause"
    ]
  })

  follows("counts as over until then, and is Abandoned in a report as long as nothing has followed", {
    services: { a: { ...hung, restart: undefined } },
    done: ["awaitShutdown", "awaitReady", "advance 600", "release a", "shutdown"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "ShutdownStarted #0 at 600, reason: Requested",
      "ShutdownCompleted #0 at 600, reason: not ok, Requested, 0 ms: a Abandoned 0 ms, cause"
    ],
    answers: ["done", "done", "done"]
  })

  follows("forms no group", {
    governor: { strategy: "one-for-all" },
    services: { a: hung, b: { restart: after300 } },
    done: ["advance 600", "release a", "advance 300"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "a ServiceCrashed #1 at 600, cause",
      "a RestartScheduled #1 at 600, delay: 300, cause",
      "a ServiceStarting #2 at 900, restarts: 1",
      "a ServiceReady #2 at 900"
    ]
  })

  follows("goes with the group that holds it, without a delay of its own", {
    governor: { strategy: "one-for-all" },
    services: { a: { restart: { _tag: "Always", delay: 1000 } }, b: stuck },
    done: ["crash a", "advance 300", "release b", "advance 700"],
    told: [
      "a ServiceCrashed #1 at 0, cause",
      "a RestartScheduled #1 at 0, delay: 1000, cause",
      "b ServiceStopping #1 at 0, reason: strategy",
      "b ServiceAbandoned #1 at 300, cause",
      "b ServiceFailed #1 at 300, cause",
      "b ServiceCrashed #1 at 300, cause",
      "b RestartScheduled #1 at 300, delay: 0, cause",
      "a ServiceStarting #2 at 1000, restarts: 1",
      "a ServiceReady #2 at 1000",
      "b ServiceStarting #2 at 1000, restarts: 1",
      "b ServiceReady #2 at 1000"
    ]
  })
})

describe("an abandoned run that nobody wants to be followed by another (rule 13)", () => {
  follows("begins nothing after a stop, but start and remove work again when it has settled", {
    services: { a: stuck },
    done: ["stop a", "advance 300", "start a", "restart a", "remove a", "stop a", "release a", "start a", "remove a"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause",
      "a ServiceStarting #2 at 300, restarts: 0",
      "a ServiceReady #2 at 300",
      "a ServiceStopping #2 at 300, reason: remove"
    ],
    answers: ["done", "RunAbandoned", "RunAbandoned", "RunAbandoned", "done", "done", "waits"]
  })

  follows("begins nothing after a stop that comes when it was abandoned already", {
    services: { a: hung },
    done: ["advance 600", "stop a", "release a", "advance 300"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause"
    ],
    answers: ["done"]
  })

  follows("begins nothing after a removal, and its service is still there", {
    services: { a: stuck },
    done: ["remove a", "advance 300", "release a", "advance 300"],
    told: [
      "a ServiceStopping #1 at 0, reason: remove",
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause"
    ],
    statuses: [
      "a: Failed #1 since 300, restarts: 0, cause"
    ],
    answers: ["RunAbandoned"]
  })

  follows("begins nothing in a shutdown", {
    services: { a: hung, b: { stubborn: true } },
    done: ["advance 600", "shutdown", "crash a"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "ShutdownStarted #0 at 600, reason: Requested",
      "b ServiceStopping #1 at 600, reason: shutdown",
      "a LateFailure #1 at 600, cause"
    ]
  })

  follows("lets its service be removed if its layer has closed", {
    governor: { shutdownTimeout: 300 },
    services: { a: { restart: after300, stubborn: true } },
    done: ["close a", "advance 300", "release a"],
    told: [
      "a ServiceStopping #1 at 0, reason: remove",
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause",
      "a ServiceRemoved #1 at 300"
    ],
    answers: ["done"]
  })

  follows("lets a shutdown end, in which it hung before its turn", {
    services: { a: hung, b: { dependsOn: ["a"], stubborn: true } },
    done: ["shutdown", "advance 600", "release a", "release b"],
    told: [
      "ShutdownStarted #0 at 0, reason: Requested",
      "b ServiceStopping #1 at 0, reason: shutdown",
      "a ServiceUnready #1 at 300, cause",
      "a ServiceAbandoned #1 at 600, cause",
      "a ServiceFailed #1 at 600, cause",
      "b ServiceInterrupted #1 at 600",
      "b ServiceStopped #1 at 600",
      "ShutdownCompleted #0 at 600, reason: not ok, Requested, 600 ms: a Abandoned 0 ms, cause; b Stopped 600 ms"
    ]
  })
})
