import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import type { ServiceEvent } from "../src/GovernorEvent.ts"
import { replay, type ServiceStatus, transition } from "../src/ServiceStatus.ts"

const cause = Cause.die("boom")
const running: ServiceStatus = { _tag: "Running", name: "a", run: 3, restarts: 2, since: 5 }
const fact = { service: "a", run: 3, time: 10 }
const base = { name: "a", run: 3, restarts: 2, since: 10 }

describe("transition", () => {
  it.each<[ServiceEvent, ServiceStatus]>([
    [{ _tag: "ServiceAdded", ...fact, run: 0 }, { ...base, _tag: "Pending", run: 0, restarts: 0 }],
    [{ _tag: "ServiceStarting", ...fact, run: 4, restarts: 3 }, { ...base, _tag: "Starting", run: 4, restarts: 3 }],
    [{ _tag: "ServiceReady", ...fact }, { ...base, _tag: "Running" }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7 }, { ...base, _tag: "Backoff", until: 17 }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7.4 }, { ...base, _tag: "Backoff", until: 17 }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7, cause }, { ...base, _tag: "Backoff", until: 17, cause }],
    [{ _tag: "ServiceStopping", ...fact, reason: "shutdown" }, { ...base, _tag: "Stopping", reason: "shutdown" }],
    [{ _tag: "ServiceStopped", ...fact }, { ...base, _tag: "Stopped", outcome: "Completed" }],
    [{ _tag: "ServiceStopped", ...fact, cause }, { ...base, _tag: "Stopped", outcome: "Completed", cause }],
    [{ _tag: "ServiceFailed", ...fact, cause }, { ...base, _tag: "Failed", cause }],
    [{ _tag: "ServiceCompleted", ...fact }, running],
    [{ _tag: "ServiceCrashed", ...fact, cause }, running],
    [{ _tag: "ServiceInterrupted", ...fact }, running],
    [{ _tag: "RestartLimitExceeded", ...fact, cause }, running],
    [{ _tag: "ServiceAbandoned", ...fact, cause }, running],
    [{ _tag: "LateFailure", ...fact, cause }, running],
    [{ _tag: "ServiceRemoved", ...fact }, running]
  ])("$0._tag", (event, status) => {
    expect(transition(running, event)).toEqual(status)
  })

  it("tells a service that was asked to end from one that completed", () => {
    const stopping: ServiceStatus = { ...base, _tag: "Stopping", reason: "stop" }
    expect(transition(stopping, { _tag: "ServiceStopped", ...fact })).toEqual({
      ...base,
      _tag: "Stopped",
      outcome: "Stopped"
    })
  })
})

describe("replay", () => {
  it("keeps the order of adding and leaves out what was removed", () => {
    const statuses = replay([
      { _tag: "ServiceAdded", service: "a", run: 0, time: 0 },
      { _tag: "ServiceAdded", service: "b", run: 0, time: 0 },
      { _tag: "ServiceAdded", service: "c", run: 0, time: 0 },
      { _tag: "ServiceStarting", service: "c", run: 1, time: 1, restarts: 0 },
      { _tag: "ShutdownStarted", time: 2, reason: { _tag: "ScopeClosed" } },
      { _tag: "ServiceRemoved", service: "b", run: 0, time: 3 }
    ])
    expect(statuses.map((status) => [status.name, status._tag])).toEqual([["a", "Pending"], ["c", "Starting"]])
  })
})
