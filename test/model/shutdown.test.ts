import { describe } from "vitest"
import { after300, follows } from "./alone.ts"

describe("stop and remove in a shutdown (rule 10)", () => {
  follows("a run that removes what it depends on as it ends holds nobody up", {
    services: { b: {}, a: { dependsOn: ["b"], removesAtEnd: "b" } },
    done: ["shutdown"],
    told: [
      "ShutdownStarted #0 at 0, reason: Requested",
      "a ServiceStopping #1 at 0, reason: shutdown",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0",
      "b ServiceStopping #1 at 0, reason: shutdown",
      "b ServiceInterrupted #1 at 0",
      "b ServiceStopped #1 at 0",
      "ShutdownCompleted #0 at 0, reason: ok, Requested, 0 ms: b Stopped 0 ms; a Stopped 0 ms"
    ]
  })

  follows("are answered at once and change nothing; start and restart fail", {
    services: { db: {}, api: { dependsOn: ["db"], stubborn: true } },
    done: ["shutdown", "stop db", "remove db", "stop api", "remove api", "start db", "restart api"],
    told: [
      "ShutdownStarted #0 at 0, reason: Requested",
      "api ServiceStopping #1 at 0, reason: shutdown"
    ],
    statuses: [
      "db: Running #1 since 0, restarts: 0",
      "api: Stopping #1 since 0, restarts: 0, reason: shutdown"
    ],
    answers: ["waits", "done", "done", "done", "done", "GovernorClosed", "GovernorClosed"]
  })

  follows("are answered as it begins, if they were asked before", {
    services: { a: { stubborn: true }, b: { stubborn: true }, c: { stubborn: true } },
    done: ["stop a", "remove b", "shutdown"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "b ServiceStopping #1 at 0, reason: remove",
      "ShutdownStarted #0 at 0, reason: Requested",
      "c ServiceStopping #1 at 0, reason: shutdown"
    ],
    answers: ["done", "done", "waits"]
  })

  follows("are answered when it is over", {
    services: { a: {} },
    done: ["shutdown", "stop a", "remove a"],
    told: [
      "ShutdownStarted #0 at 0, reason: Requested",
      "a ServiceStopping #1 at 0, reason: shutdown",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0",
      "ShutdownCompleted #0 at 0, reason: ok, Requested, 0 ms: a Stopped 0 ms"
    ],
    answers: ["done", "done", "done"]
  })

  follows("a run that has awaited a removal ends as it begins", {
    services: { a: { removesAtEnd: "b" }, b: { stubborn: true } },
    done: ["stop a", "advance 100", "shutdown"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "b ServiceStopping #1 at 0, reason: remove",
      "ShutdownStarted #0 at 100, reason: Requested",
      "a ServiceInterrupted #1 at 100",
      "a ServiceStopped #1 at 100"
    ],
    answers: ["done", "waits"]
  })
})

describe("a run that removes another service as it ends", () => {
  follows("ends when that is gone", {
    services: { a: { removesAtEnd: "b" }, b: { stubborn: true } },
    done: ["stop a", "advance 100", "release a", "crash a", "release b"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "b ServiceStopping #1 at 0, reason: remove",
      "b ServiceInterrupted #1 at 100",
      "b ServiceStopped #1 at 100",
      "b ServiceRemoved #1 at 100",
      "a ServiceInterrupted #1 at 100",
      "a ServiceStopped #1 at 100"
    ],
    answers: ["done"]
  })

  follows("ends at once if that is in use", {
    services: { b: {}, a: { dependsOn: ["b"], removesAtEnd: "b" } },
    done: ["stop a"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0"
    ]
  })

  follows("has crashed when that is gone, if it was hung", {
    services: { a: { restart: after300, heartbeatTimeout: 300, removesAtEnd: "b" }, b: { stubborn: true } },
    done: ["advance 300", "advance 100", "release b"],
    told: [
      "a ServiceUnready #1 at 300, cause",
      "b ServiceStopping #1 at 300, reason: remove",
      "b ServiceInterrupted #1 at 400",
      "b ServiceStopped #1 at 400",
      "b ServiceRemoved #1 at 400",
      "a ServiceCrashed #1 at 400, cause",
      "a RestartScheduled #1 at 400, delay: 300, cause"
    ]
  })

  follows("is abandoned if that takes too long, and has settled when it is gone", {
    services: { a: { restart: after300, stopTimeout: 300, removesAtEnd: "b" }, b: { stubborn: true } },
    done: ["restart a", "advance 300", "release a", "release b"],
    told: [
      "a ServiceStopping #1 at 0, reason: restart",
      "b ServiceStopping #1 at 0, reason: remove",
      "a ServiceAbandoned #1 at 300, cause",
      "a ServiceFailed #1 at 300, cause",
      "b ServiceInterrupted #1 at 300",
      "b ServiceStopped #1 at 300",
      "b ServiceRemoved #1 at 300",
      "a ServiceCrashed #1 at 300, cause",
      "a RestartScheduled #1 at 300, delay: 300, cause"
    ],
    answers: ["RunAbandoned"]
  })

  follows("waits for ever if that waits for it in the same way, until a shutdown begins", {
    services: { a: { removesAtEnd: "b" }, b: { removesAtEnd: "a" } },
    done: ["stop a", "advance 1000", "shutdown"],
    told: [
      "a ServiceStopping #1 at 0, reason: stop",
      "b ServiceStopping #1 at 0, reason: remove",
      "ShutdownStarted #0 at 1000, reason: Requested",
      "a ServiceInterrupted #1 at 1000",
      "a ServiceStopped #1 at 1000",
      "a ServiceRemoved #1 at 1000",
      "b ServiceInterrupted #1 at 1000",
      "b ServiceStopped #1 at 1000",
      "b ServiceRemoved #1 at 1000",
      "ShutdownCompleted #0 at 1000, reason: ok, Requested, 0 ms:"
    ],
    answers: ["done", "done"]
  })

  follows("may remove the one that has stopped it: that passes its first stretch, and then ends", {
    services: { a: { stops: "b" }, b: { removesAtEnd: "a" } },
    done: ["start b", "start a"],
    told: [
      "b ServiceStarting #1 at 0, restarts: 0",
      "b ServiceReady #1 at 0",
      "a ServiceStarting #1 at 0, restarts: 0",
      "b ServiceStopping #1 at 0, reason: stop",
      "a ServiceReady #1 at 0",
      "a ServiceStopping #1 at 0, reason: remove",
      "a ServiceInterrupted #1 at 0",
      "a ServiceStopped #1 at 0",
      "a ServiceRemoved #1 at 0",
      "b ServiceInterrupted #1 at 0",
      "b ServiceStopped #1 at 0"
    ]
  })

  follows("may remove the one that has stopped it: if that fails in its first stretch, it has crashed", {
    services: { a: { restart: after300, stops: "b", stumbles: 1 }, b: { removesAtEnd: "a" } },
    done: ["start b", "start a"],
    told: [
      "b ServiceStarting #1 at 0, restarts: 0",
      "b ServiceReady #1 at 0",
      "a ServiceStarting #1 at 0, restarts: 0",
      "b ServiceStopping #1 at 0, reason: stop",
      "a ServiceCrashed #1 at 0, cause",
      "a RestartScheduled #1 at 0, delay: 300, cause",
      "a ServiceStopping #1 at 0, reason: remove",
      "a ServiceStopped #1 at 0",
      "a ServiceRemoved #1 at 0",
      "b ServiceInterrupted #1 at 0",
      "b ServiceStopped #1 at 0"
    ]
  })
})
