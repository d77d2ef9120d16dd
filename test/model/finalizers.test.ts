import { describe } from "vitest"
import { after300, follows } from "./alone.ts"

describe("a run that has crashed, and whose finalizers are at work (rule 13)", () => {
  follows("is told to have crashed at once, and is followed by another when they are done", {
    services: { a: { restart: after300, closing: 1000 } },
    done: ["advance 100", "crash a", "advance 1000", "advance 300"],
    told: [
      "a ServiceUnready #1 at 100, cause",
      "a ServiceCrashed #1 at 100, cause",
      "a RestartScheduled #1 at 1100, delay: 300, cause",
      "a ServiceStarting #2 at 1400, restarts: 1",
      "a ServiceReady #2 at 1400"
    ]
  })

  follows("is Starting from the crash on, whatever it says, and nobody begins on it", {
    services: { a: { restart: after300, closing: 1000 }, b: { dependsOn: ["a"] } },
    done: ["advance 100", "crash a", "stop b", "start b", "ready a", "advance 500"],
    told: [
      "a ServiceUnready #1 at 100, cause",
      "a ServiceCrashed #1 at 100, cause",
      "b ServiceStopping #1 at 100, reason: stop",
      "b ServiceInterrupted #1 at 100",
      "b ServiceStopped #1 at 100",
      "b ServiceWaiting #1 at 100, for: a"
    ],
    statuses: [
      "a: Starting #1 since 100, restarts: 0",
      "b: Waiting #1 since 100, restarts: 0, for: a"
    ]
  })

  follows("is Starting since it began, if it was not ready", {
    services: { a: { restart: after300, readiness: "manual", closing: "hangs" } },
    done: ["advance 100", "crash a"],
    told: [
      "a ServiceCrashed #1 at 100, cause"
    ],
    statuses: [
      "a: Starting #1 since 0, restarts: 0"
    ]
  })

  follows("is not ready, if it crashed in its first stretch", {
    services: { a: { restart: after300, closing: "hangs", stumbles: 1 } },
    done: ["startAll", "advance 100", "release a", "advance 300"],
    told: [
      "a ServiceStarting #1 at 0, restarts: 0",
      "a ServiceCrashed #1 at 0, cause",
      "a RestartScheduled #1 at 100, delay: 300, cause",
      "a ServiceStarting #2 at 400, restarts: 1",
      "a ServiceReady #2 at 400"
    ]
  })

  follows("is not hung", {
    services: { a: { closing: 1000, heartbeatTimeout: 300 } },
    done: ["crash a", "advance 900"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause"
    ]
  })

  follows("has failed when they are done, if it does not restart, with what they failed with besides", {
    services: { a: { closing: "hangs" } },
    done: ["crash a", "advance 100", "crash a"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceFailed #1 at 100, cause"
    ]
  })

  follows("is stopped if that is asked meanwhile, and its crash is the cause", {
    services: { a: { restart: after300, closing: "hangs" } },
    done: ["crash a", "advance 100", "stop a", "advance 100", "release a"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceStopping #1 at 100, reason: stop",
      "a ServiceStopped #1 at 200, cause"
    ],
    answers: ["done"]
  })

  follows("has failed while it stopped, if a finalizer fails then", {
    services: { a: { restart: after300, closing: "hangs" } },
    done: ["crash a", "stop a", "crash a"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceStopping #1 at 0, reason: stop",
      "a ServiceStopped #1 at 0, cause"
    ]
  })

  follows("is followed by another without a delay if it is restarted by hand meanwhile; a start says nothing new", {
    services: { a: { restart: after300, closing: 300 } },
    done: ["crash a", "start a", "advance 100", "restart a", "advance 200"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceStopping #1 at 100, reason: restart",
      "a ServiceStarting #2 at 300, restarts: 0, by hand: 1",
      "a ServiceReady #2 at 300"
    ],
    answers: ["done", "done"]
  })

  follows("is stopped in its turn if a shutdown comes meanwhile", {
    services: { a: {}, b: { dependsOn: ["a"], closing: "hangs" } },
    done: ["crash b", "shutdown", "advance 100", "release b"],
    told: [
      "b ServiceUnready #1 at 0, cause",
      "b ServiceCrashed #1 at 0, cause",
      "ShutdownStarted #0 at 0, reason: Requested",
      "b ServiceStopping #1 at 0, reason: shutdown",
      "b ServiceStopped #1 at 100, cause",
      "a ServiceStopping #1 at 100, reason: shutdown",
      "a ServiceInterrupted #1 at 100",
      "a ServiceStopped #1 at 100",
      "ShutdownCompleted #0 at 100, reason: not ok, Requested, 100 ms: a Stopped 0 ms; b Stopped 100 ms, cause"
    ]
  })

  follows("has failed if it settles in a shutdown before its turn", {
    services: { a: { closing: 200 }, b: { dependsOn: ["a"], stubborn: true } },
    done: ["crash a", "shutdown", "advance 200", "release b"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "ShutdownStarted #0 at 0, reason: Requested",
      "b ServiceStopping #1 at 0, reason: shutdown",
      "a ServiceFailed #1 at 200, cause",
      "b ServiceInterrupted #1 at 200",
      "b ServiceStopped #1 at 200",
      "ShutdownCompleted #0 at 200, reason: not ok, Requested, 200 ms: a Failed 0 ms, cause; b Stopped 200 ms"
    ]
  })

  follows("is waited for by its group, and not asked to end", {
    governor: { strategy: "rest-for-one" },
    services: { a: { restart: after300 }, b: { restart: after300, closing: "hangs" } },
    done: ["crash b", "crash a", "advance 500", "release b"],
    told: [
      "b ServiceUnready #1 at 0, cause",
      "b ServiceCrashed #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a RestartScheduled #1 at 0, delay: 300, cause",
      "b RestartScheduled #1 at 500, delay: 0, cause",
      "a ServiceStarting #2 at 500, restarts: 1",
      "a ServiceReady #2 at 500",
      "b ServiceStarting #2 at 500, restarts: 1",
      "b ServiceReady #2 at 500"
    ]
  })

  follows("takes its group down at once, and its delay runs when they are done", {
    governor: { strategy: "one-for-all" },
    services: { a: { restart: after300 }, b: { restart: after300, closing: 500 } },
    done: ["crash b", "crash a", "advance 500", "advance 300"],
    told: [
      "b ServiceUnready #1 at 0, cause",
      "b ServiceCrashed #1 at 0, cause",
      "a ServiceStopping #1 at 0, reason: strategy",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0",
      "b RestartScheduled #1 at 500, delay: 300, cause",
      "a ServiceStarting #2 at 800, restarts: 1",
      "a ServiceReady #2 at 800",
      "b ServiceStarting #2 at 800, restarts: 1",
      "b ServiceReady #2 at 800"
    ]
  })
})

describe("a run that has completed, and whose finalizers are at work (rule 13)", () => {
  follows("is as it was until they are done", {
    services: { a: { restart: after300, closing: 300 } },
    done: ["advance 100", "complete a", "advance 200"],
    told: [],
    statuses: [
      "a: Running #1 since 0, restarts: 0"
    ]
  })

  follows("has completed when they are done, and is ready at the latest", {
    services: { a: { readiness: "completed", closing: 300 }, b: { dependsOn: ["a"] } },
    done: ["complete a", "advance 300"],
    told: [
      "a ServiceReady #1 at 300",
      "a ServiceCompleted #1 at 300",
      "a ServiceStopped #1 at 300",
      "b ServiceStarting #1 at 300, restarts: 0",
      "b ServiceReady #1 at 300"
    ]
  })

  follows("has crashed if one of them fails", {
    services: { a: { closing: "hangs" } },
    done: ["complete a", "crash a"],
    told: [
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceFailed #1 at 0, cause"
    ]
  })

  follows("was interrupted if it is stopped meanwhile", {
    services: { a: { closing: 300 } },
    done: ["complete a", "advance 100", "stop a", "advance 200"],
    told: [
      "a ServiceStopping #1 at 100, reason: stop",
      "a ServiceInterrupted #1 at 300",
      "a ServiceStopped #1 at 300"
    ]
  })
})

describe("the time that finalizers have (rules 13 and 24)", () => {
  follows("is that of a stop; then the run is abandoned, and no second crash is told when it settles", {
    services: { a: { restart: after300, stopTimeout: 500, closing: 1000 } },
    done: ["crash a", "advance 500", "advance 500"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceAbandoned #1 at 500, cause",
      "a ServiceFailed #1 at 500, cause",
      "a RestartScheduled #1 at 1000, delay: 300, cause"
    ],
    statuses: [
      "a: Backoff #1 since 1000, restarts: 0, until: 1300, cause"
    ]
  })

  follows("is not over when they are done just then", {
    governor: { stopTimeout: 1000 },
    services: { a: { restart: after300, closing: 1000 } },
    done: ["crash a", "advance 1000"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a RestartScheduled #1 at 1000, delay: 300, cause"
    ]
  })

  follows("begins anew with a stop", {
    services: { a: { closing: "hangs", stopTimeout: 300 } },
    done: ["crash a", "advance 200", "stop a", "advance 200", "advance 100"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "a ServiceStopping #1 at 200, reason: stop",
      "a ServiceAbandoned #1 at 500, cause",
      "a ServiceFailed #1 at 500, cause"
    ],
    answers: ["done"]
  })

  follows("is the same after a completion, which is a crash then", {
    services: { a: { restart: after300, closing: 1000, stopTimeout: 300 } },
    done: ["complete a", "advance 1000"],
    told: [
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause",
      "a ServiceCrashed #1 at 1000, cause",
      "a RestartScheduled #1 at 1000, delay: 300, cause"
    ]
  })

  follows("has no limit by default, where only hanging has one; nor has an ordinary stop", {
    services: { a: { heartbeatTimeout: 300, closing: "hangs" }, b: { heartbeatTimeout: 300, stubborn: true } },
    done: ["crash a", "stop b", "advance 1000"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "b ServiceStopping #1 at 0, reason: stop"
    ],
    answers: ["waits"]
  })

  follows("is over with that of the shutdown", {
    governor: { shutdownTimeout: 500 },
    services: { a: { closing: "hangs" } },
    done: ["crash a", "shutdown", "advance 500"],
    told: [
      "a ServiceUnready #1 at 0, cause",
      "a ServiceCrashed #1 at 0, cause",
      "ShutdownStarted #0 at 0, reason: Requested",
      "a ServiceStopping #1 at 0, reason: shutdown",
      "a ServiceAbandoned #1 at 500, cause",
      "a ServiceFailed #1 at 500, cause",
      "ShutdownCompleted #0 at 500, reason: not ok, Requested, 500 ms: a Abandoned 500 ms, cause"
    ]
  })
})
