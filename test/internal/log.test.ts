import * as Cause from "effect/Cause"
import { expect, it } from "vitest"
import { DependencyFailed, GovernorFailed, RunAbandoned, RunTimedOut } from "../../src/GovernorError.ts"
import type { GovernorEvent } from "../../src/GovernorEvent.ts"
import { levelOf, levels, line } from "../../src/internal/telling/log.ts"

const fact = { service: "a", run: 3, time: 10 }
const cause = Cause.die("boom")
const ours = Cause.fail(new Error("ours"))
const report = { ok: true, reason: { _tag: "ScopeClosed" }, duration: 1500, services: [] } as const
const hung = Cause.fail(new RunTimedOut({ service: "a", run: 3, timeout: "heartbeatTimeout", afterMillis: 500 }))
const inside = Cause.fail(new GovernorFailed({ governor: "inner", service: "b", report }))
const abandoned = Cause.fail(new RunAbandoned({ service: "a/b", run: 1, afterMillis: 50 }))
const below = Cause.fail(new DependencyFailed({ service: "a", dependency: "b", cause: "boom" }))

it.each<[GovernorEvent, string | undefined]>([
  [{ _tag: "ServiceAdded", ...fact }, undefined],
  [{ _tag: "EventsDropped", count: 1, time: 1 }, undefined],
  [{ _tag: "ServiceRemoved", ...fact }, "Debug removed"],
  [{ _tag: "ServiceStarting", ...fact, restarts: 0 }, "Debug starting, run 3"],
  [{ _tag: "ServiceReady", ...fact }, "Debug ready"],
  [
    { _tag: "ServiceUnready", ...fact, cause: hung },
    "Warn hung: run 3 of service \"a\" gave no heartbeat within 500 ms"
  ],
  [{ _tag: "ServiceCompleted", ...fact }, "Debug completed"],
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
  [{ _tag: "RestartScheduled", ...fact, delay: 1500, cause }, "Info restarting in 1s 500ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 826.927628, cause }, "Info restarting in 827ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 0.4, cause }, "Info restarting in 0.4ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 0, cause }, "Debug restarting in 0ms"],
  [{ _tag: "RestartScheduled", ...fact, delay: 0 }, "Debug restarting in 0ms"],
  [{ _tag: "RestartLimitExceeded", ...fact, cause: ours }, "Error restarted too often: ours"],
  [{ _tag: "ServiceStopping", ...fact, reason: "stop" }, "Debug stopping (stop)"],
  [{ _tag: "ServiceStopped", ...fact }, "Debug stopped"],
  [{ _tag: "ServiceFailed", ...fact, cause }, "Error failed, and will not be restarted"],
  [
    { _tag: "ServiceFailed", ...fact, cause: abandoned },
    "Error failed, and will not be restarted before run 1 of service \"a/b\" has ended"
  ],
  [
    { _tag: "ServiceFailed", ...fact, cause: below },
    "Error service \"a\" was not started: its dependency \"b\" failed"
  ],
  [{ _tag: "ServiceAbandoned", ...fact, cause: ours }, "Error abandoned: ours"],
  [
    { _tag: "ServiceAbandoned", ...fact, cause: Cause.fromReasons([...ours.reasons, ...cause.reasons]) },
    "Error abandoned: ours +cause"
  ],
  [
    { _tag: "LateFailure", ...fact, cause },
    "Error failed late, after the governor had stopped waiting for the run +cause"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "Signal", signal: "SIGTERM" } },
    "Info shutting down: received SIGTERM"
  ],
  [{ _tag: "ShutdownStarted", time: 1, reason: { _tag: "Requested" } }, "Info shutting down: requested"],
  [{ _tag: "ShutdownStarted", time: 1, reason: { _tag: "Requested", message: "bye" } }, "Info shutting down: bye"],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "Uncaught", cause } },
    "Info shutting down: an uncaught error reached the process"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "Aborted", cause } },
    "Info shutting down: the governor's AbortSignal was aborted"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "ScopeClosed" } },
    "Info shutting down: the governor's scope is closing"
  ],
  [{ _tag: "ShutdownStarted", time: 1, reason: { _tag: "AllOver" } }, "Info shutting down: every service is over"],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "Significant", service: "a" } },
    "Info shutting down: the significant service \"a\" is over"
  ],
  [
    { _tag: "ShutdownStarted", time: 1, reason: { _tag: "Significant", service: "a", cause } },
    "Info shutting down: the significant service \"a\" failed"
  ],
  [{ _tag: "ShutdownCompleted", time: 1, report }, "Info shut down in 1s 500ms"],
  [
    { _tag: "ShutdownCompleted", time: 1, report: { ...report, ok: false } },
    "Warn shut down in 1s 500ms, but at least one service failed or was abandoned"
  ]
])("the line of $0._tag", (event, expected) => {
  const found = line(event)
  const shown = found && `${found.level} ${found.message}${found.cause === undefined ? "" : " +cause"}`
  expect(shown).toBe(expected)
  expect(levelOf(event)).toBe(found?.level)
  // The tag alone decides whether an event is looked at, so no line is more urgent than its tag says.
  const order = ["Debug", "Info", "Warn", "Error"]
  if (found) expect(order.indexOf(found.level)).toBeLessThanOrEqual(order.indexOf(levels[event._tag]!))
})
