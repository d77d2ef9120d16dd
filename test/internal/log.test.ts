import * as Cause from "effect/Cause"
import { expect, it } from "vitest"
import {
  DependencyFailed,
  GovernorFailed,
  RestartLimitExceeded,
  RunAbandoned,
  RunKilled,
  RunTimedOut
} from "../../src/GovernorError.ts"
import type { GovernorEvent, StopReason } from "../../src/GovernorEvent.ts"
import { type Known, levels, line } from "../../src/internal/telling/log.ts"
import { firstOf } from "../../src/internal/telling/thrown.ts"

const fact = { service: "a", run: 3, time: 10, sequence: 7 }
const cause = Cause.die("boom")
const tooOften = Cause.fail(
  new RestartLimitExceeded({ service: "a", maxRestarts: 3, withinMillis: 60_000, exits: [], cause: "boom" })
)
const report = { ok: true, reason: { _tag: "ScopeClosed" }, duration: 1500, services: [] } as const
const hung = Cause.fail(new RunTimedOut({ service: "a", run: 3, timeout: "heartbeatTimeout", afterMillis: 500 }))
const inside = Cause.fail(new GovernorFailed({ governor: "inner", service: "b", report }))
const late = Cause.fail(new RunTimedOut({ service: "a", run: 3, timeout: "startTimeout", afterMillis: 1500 }))
const abandoned = Cause.fail(new RunAbandoned({ service: "a/b", run: 1, afterMillis: 50 }))
const below = Cause.fail(new DependencyFailed({ service: "a", dependency: "b", cause: "boom" }))

const both = (...causes: ReadonlyArray<Cause.Cause<unknown>>) =>
  Cause.fromReasons(causes.flatMap(({ reasons }) => reasons))
const notEnded = "run 1 of service \"a/b\" did not end within 50 ms, and was abandoned"
const status = { name: "a", run: 3, restarts: 0, crashes: 0, since: 4 }
const stopping = (reason: StopReason) => ({ before: { _tag: "Stopping", ...status, reason } } as const)

it.each<[GovernorEvent, string | undefined, Known?]>([
  [{ _tag: "ServiceAdded", ...fact }, undefined],
  [{ _tag: "EventsDropped", count: 1, time: 1, sequence: 7 }, undefined],
  [{ _tag: "ServiceRemoved", ...fact }, "Info removed"],
  [{ _tag: "ServiceStarting", ...fact, restarts: 0 }, "Debug starting, run 3"],
  [{ _tag: "ServiceReady", ...fact }, "Info ready in 1.5 s", { took: 1500 }],
  [{ _tag: "ServiceReady", ...fact }, "Info ready in 0 ms"],
  [{ _tag: "ServiceReady", ...fact }, "Info ready again after 1.5 s", { took: 1500, isAgain: true }],
  [{ _tag: "ServiceUnready", ...fact }, "Warn not ready: the run has said so"],
  [{ _tag: "ServiceUnready", ...fact, reason: "no disk" }, "Warn not ready: no disk"],
  [{ _tag: "ServiceUnready", ...fact, cause }, "Debug not ready: the run has failed, and has not ended yet"],
  [
    { _tag: "ServiceUnready", ...fact, cause: hung },
    "Warn hung: run 3 of service \"a\" gave no heartbeat within 500 ms"
  ],
  [{ _tag: "ServiceCompleted", ...fact }, "Info completed"],
  [{ _tag: "ServiceCrashed", ...fact, cause }, "Error crashed +cause"],
  [
    { _tag: "ServiceCrashed", ...fact, cause: hung },
    "Error crashed: run 3 of service \"a\" gave no heartbeat within 500 ms"
  ],
  [
    { _tag: "ServiceCrashed", ...fact, cause: inside },
    "Error crashed: governor \"inner\" failed: its service \"b\" failed"
  ],
  [{ _tag: "ServiceInterrupted", ...fact }, "Debug ended as asked"],
  [{ _tag: "ServiceInterrupted", ...fact, cause }, "Error failed while it stopped +cause"],
  [
    { _tag: "ServiceInterrupted", ...fact, cause: Cause.fail(new RunKilled({ service: "a", run: 1, afterMillis: 0 })) },
    "Error failed while it stopped: run 1 of service \"a\" did not end at once, and was killed"
  ],
  [{ _tag: "ServiceCrashed", ...fact, cause: abandoned }, `Error crashed: ${notEnded}`],
  [{ _tag: "ServiceCrashed", ...fact, cause: Cause.interrupt(1) }, "Error crashed +cause"],
  [
    { _tag: "ServiceCrashed", ...fact, cause: both(hung, Cause.interrupt(1)) },
    "Error crashed: run 3 of service \"a\" gave no heartbeat within 500 ms, and has ended now",
    { told: new Set([firstOf(hung)]) }
  ],
  [
    { _tag: "ServiceCrashed", ...fact, cause: abandoned },
    `Error crashed: ${notEnded}, and has ended now`,
    { told: new Set([firstOf(abandoned)]) }
  ],
  ...[new RangeError("no\nbread"), "no bread", Object.create(null) as unknown].map((
    error,
    i
  ): [GovernorEvent, string, Known] => [
    { _tag: "ServiceCrashed", ...fact, cause: Cause.fail(error) },
    `Error crashed: ${["RangeError: no", "\"no bread\"", "an error that cannot be printed"][i]!}, as told before`,
    { told: new Set([error]) }
  ]),
  [
    { _tag: "ServiceCrashed", ...fact, cause: both(hung, cause) },
    "Error crashed +cause",
    { told: new Set([firstOf(hung)]) }
  ],
  [{ _tag: "RestartScheduled", ...fact, delay: 1500, cause }, "Info restarting in 1.5 s"],
  [{ _tag: "RestartScheduled", ...fact, delay: 826.927628, cause }, "Info restarting in 827 ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 0.4, cause }, "Info restarting in 0.4 ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 0, cause }, "Info restarting at once"],
  [{ _tag: "RestartScheduled", ...fact, delay: 2000 }, "Info restarting in 2 s"],
  [
    { _tag: "RestartLimitExceeded", ...fact, cause: tooOften },
    `Error restarted too often: ${(tooOften.reasons[0] as Cause.Fail<Error>).error.message}`
  ],
  [{ _tag: "ServiceStopping", ...fact, reason: "stop" }, "Debug stopping (stop)"],
  [{ _tag: "ServiceStopping", ...fact, reason: "restart" }, "Info restarting by hand"],
  [{ _tag: "ServiceStopped", ...fact }, "Info stopped by hand", stopping("stop")],
  [{ _tag: "ServiceStopped", ...fact }, "Debug stopped", stopping("shutdown")],
  [{ _tag: "ServiceStopped", ...fact }, "Debug stopped", stopping("remove")],
  [{ _tag: "ServiceStopped", ...fact }, "Info will not be restarted", { before: { _tag: "Running", ...status } }],
  [{ _tag: "ServiceFailed", ...fact, cause }, "Error failed, and will not be restarted"],
  [
    { _tag: "ServiceFailed", ...fact, cause: abandoned },
    "Error failed, and will not be restarted before run 1 of service \"a/b\" has ended"
  ],
  [
    { _tag: "ServiceFailed", ...fact, cause: below },
    "Error service \"a\" was not started: its dependency \"b\" failed"
  ],
  [{ _tag: "ServiceAbandoned", ...fact, cause: abandoned }, `Error abandoned: ${notEnded}`],
  [{ _tag: "ServiceAbandoned", ...fact, cause: both(abandoned, cause) }, `Error abandoned: ${notEnded} +cause`],
  [
    { _tag: "ServiceAbandoned", ...fact, cause: both(abandoned, late) },
    `Error abandoned: ${notEnded}; run 3 of service "a" was not ready within 1.5 s`
  ],
  [
    { _tag: "ServiceAbandoned", ...fact, cause: both(abandoned, hung) },
    `Error abandoned: ${notEnded}`,
    { told: new Set([firstOf(hung)]) }
  ],
  [
    { _tag: "LateFailure", ...fact, cause },
    "Error failed late, after the governor had stopped waiting for the run +cause"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Signal", signal: "SIGTERM" } },
    "Info shutting down: received SIGTERM"
  ],
  [{ _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Requested" } }, "Info shutting down: requested"],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Requested", message: "bye" } },
    "Info shutting down: bye"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Uncaught", cause } },
    "Info shutting down: an uncaught error reached the process"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Aborted", cause } },
    "Info shutting down: the governor's AbortSignal was aborted"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "ScopeClosed" } },
    "Info shutting down: the governor's scope is closing"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "AllOver" } },
    "Info shutting down: every service is over"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Significant", service: "a" } },
    "Info shutting down: the significant service \"a\" is over"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, sequence: 7, reason: { _tag: "Significant", service: "a", cause } },
    "Info shutting down: the significant service \"a\" failed"
  ],
  [{ _tag: "ShutdownCompleted", time: 1, sequence: 7, report }, "Info shut down in 1.5 s"],
  [
    { _tag: "ShutdownCompleted", time: 1, sequence: 7, report: { ...report, ok: false } },
    "Warn shut down in 1.5 s, but at least one service failed or was abandoned"
  ]
])("the line of $0._tag", (event, expected, known) => {
  const found = line(event, known)
  const shown = found && `${found.level} ${found.message}${found.cause === undefined ? "" : " +cause"}`
  expect(shown).toBe(expected)
  // The tag alone decides whether an event is looked at, so no line is more urgent than its tag says.
  const order = ["Debug", "Info", "Warn", "Error"]
  if (found) expect(order.indexOf(found.level)).toBeLessThanOrEqual(order.indexOf(levels[event._tag]!))
})
