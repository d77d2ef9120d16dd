import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import type { ServiceEvent } from "../src/GovernorEvent.ts"
import { replay, type ServiceStatus, transition } from "../src/ServiceStatus.ts"

const cause = Cause.die("boom")
const lastFailure = { run: 2, at: 4, cause: Cause.die("before") }
const counts = { restarts: 2, restartsByHand: 1, crashes: 4, lastFailure }
const times = { startedAt: 4, readyAt: 5 }
const running: ServiceStatus = { _tag: "Running", name: "a", run: 3, since: 5, ...counts, ...times }
const fact = { service: "a", run: 3, time: 10 }
const base = { name: "a", run: 3, since: 10, ...counts }
const now = { run: 3, at: 10, cause }

describe("transition", () => {
  it.each<[ServiceEvent, ServiceStatus]>([
    [{ _tag: "ServiceAdded", ...fact, run: 0 }, {
      _tag: "Pending",
      name: "a",
      run: 0,
      restarts: 0,
      crashes: 0,
      since: 10
    }],
    [{ _tag: "ServiceStarting", ...fact, run: 4, restarts: 3, restartsByHand: 2 }, {
      ...base,
      _tag: "Starting",
      run: 4,
      restarts: 3,
      restartsByHand: 2,
      startedAt: 10
    }],
    [{ _tag: "ServiceReady", ...fact }, { ...base, _tag: "Running", startedAt: 4, readyAt: 10 }],
    [{ _tag: "ServiceUnready", ...fact, cause }, { ...base, _tag: "Starting", startedAt: 4 }],
    [{ _tag: "ServiceUnready", ...fact, reason: "busy" }, { ...base, _tag: "Starting", startedAt: 4, reason: "busy" }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7 }, { ...base, ...times, _tag: "Backoff", until: 17 }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7.4 }, { ...base, ...times, _tag: "Backoff", until: 17 }],
    [{ _tag: "RestartScheduled", ...fact, delay: 7, cause }, { ...base, ...times, _tag: "Backoff", until: 17, cause }],
    [{ _tag: "ServiceStopping", ...fact, reason: "stop" }, { ...base, ...times, _tag: "Stopping", reason: "stop" }],
    [{ _tag: "ServiceStopped", ...fact }, { ...base, ...times, _tag: "Stopped", outcome: "Completed" }],
    [{ _tag: "ServiceStopped", ...fact, cause }, { ...base, ...times, _tag: "Stopped", outcome: "Completed", cause }],
    [{ _tag: "ServiceFailed", ...fact, cause }, { ...base, ...times, _tag: "Failed", cause }],
    [{ _tag: "ServiceCompleted", ...fact }, running],
    [{ _tag: "ServiceCrashed", ...fact, cause }, { ...running, crashes: 5, lastFailure: now }],
    [{ _tag: "ServiceInterrupted", ...fact }, running],
    [{ _tag: "ServiceInterrupted", ...fact, cause }, { ...running, lastFailure: now }],
    [{ _tag: "RestartLimitExceeded", ...fact, cause }, running],
    [{ _tag: "ServiceAbandoned", ...fact, cause }, { ...running, lastFailure: now }],
    [{ _tag: "LateFailure", ...fact, cause }, running],
    [{ _tag: "ServiceRemoved", ...fact }, running]
  ])("$0._tag", (event, status) => {
    expect(transition(running, event)).toEqual(status)
  })

  it("says nothing of times, failures and restarts by hand that there were not", () => {
    const pending = transition(running, { _tag: "ServiceAdded", ...fact, run: 0 })
    const starting = transition(pending, { _tag: "ServiceStarting", ...fact, run: 1, restarts: 0 })
    expect(starting).toStrictEqual({
      _tag: "Starting",
      name: "a",
      run: 1,
      restarts: 0,
      crashes: 0,
      since: 10,
      startedAt: 10
    })
    const running1 = transition(starting, { _tag: "ServiceReady", ...fact, run: 1 })
    const { since, ...ready } = { ...starting, _tag: "Running", readyAt: 10 }
    expect(running1).toStrictEqual({ since, ...ready })
    const backoff = transition(running1, { _tag: "RestartScheduled", ...fact, run: 1, delay: 5 })
    expect(backoff).toStrictEqual({ ...running1, _tag: "Backoff", until: 15 })
    const stopped = transition(starting, { _tag: "ServiceStopped", ...fact, run: 1 })
    expect(stopped).toStrictEqual({ ...starting, _tag: "Stopped", outcome: "Completed" })
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
