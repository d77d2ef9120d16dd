import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import type { ServiceEvent } from "../src/GovernorEvent.ts"
import { replay, type ServiceStatus, transition } from "../src/ServiceStatus.ts"

const cause = Cause.die("boom")
const lastFailure = { run: 2, at: 4, cause: Cause.die("before") }
const counts = { restarts: 2, restartsByHand: 1, crashes: 4, lastFailure }
const child = { pid: 7, memory: 99, code: 1 }
const times = { startedAt: 4, readyAt: 5 }
const running: ServiceStatus = { _tag: "Running", name: "a", run: 3, since: 5, ...counts, ...times }
const fact = { service: "a", run: 3, time: 10, sequence: 7 }
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
    [{ _tag: "ServiceRemoved", ...fact }, running],
    [{ _tag: "ProcessStarted", ...fact, process: child }, { ...running, process: child }],
    [{ _tag: "ProcessMeasured", ...fact, process: child }, { ...running, process: child }],
    [{ _tag: "ProcessEnded", ...fact, process: child }, { ...running, process: child }]
  ])("$0._tag", (event, status) => {
    expect(transition(running, event)).toEqual(status)
  })

  it("keeps the process of the latest run, and only of that", () => {
    const crashed = transition(running, { _tag: "ProcessEnded", ...fact, process: child })
    const backoff = transition(crashed, { _tag: "RestartScheduled", ...fact, delay: 7, cause })
    expect(backoff).toMatchObject({ _tag: "Backoff", process: child })
    expect("process" in transition(backoff, { _tag: "ServiceStarting", ...fact, run: 4, restarts: 3 })).toBe(false)
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
  /** Events in short, as `collectEvents` has them: `"Added a#0"`. */
  const events = (...steps: ReadonlyArray<string>) =>
    steps.map((step, i) => {
      const [, tag, service, run] = /(\w+) (.*)#(\d+)/.exec(step)!
      return { _tag: `Service${tag}`, service, run: Number(run), time: i, sequence: i + 1, restarts: 0 } as ServiceEvent
    })
  const inShort = (statuses: ReadonlyArray<ServiceStatus>) => statuses.map(({ _tag, name }) => `${name} ${_tag}`)

  it("keeps the order of adding and leaves out what was removed", () => {
    const reason = { _tag: "ScopeClosed" } as const
    const statuses = replay([
      ...events("Added a#0", "Added b#0", "Added c#0", "Starting c#1", "Removed b#0"),
      { _tag: "ShutdownStarted", time: 6, sequence: 6, reason }
    ])
    expect(inShort(statuses)).toEqual(["a Pending", "c Starting"])
  })

  const tree = ["Added a#0", "Added b#0", "Starting a#1", "Added a/x#0", "Starting a/x#1", "Added a/x/deep#0"]
  it.each<[what: string, steps: ReadonlyArray<string>, statuses: ReadonlyArray<string>]>([
    ["lists the services inside behind the one around them", [], [
      "a Starting",
      "a/x Starting",
      "a/x/deep Pending",
      "b Pending"
    ]],
    ["keeps the services inside when the run has ended", ["Completed a#1", "Stopped a#1"], [
      "a Stopped",
      "a/x Starting",
      "a/x/deep Pending",
      "b Pending"
    ]],
    ["drops the services inside with the next run", ["Starting a#2", "Added a/y#0"], [
      "a Starting",
      "a/y Pending",
      "b Pending"
    ]],
    ["drops the services inside with a service that is removed", ["Removed a#1", "Added a#0"], [
      "b Pending",
      "a Pending"
    ]],
    ["drops only what is inside", ["Added ab#0", "Removed a/x#1"], ["a Starting", "b Pending", "ab Pending"]],
    ["takes services inside of one that is not in the list", ["Added nobody/x#0"], [
      "a Starting",
      "a/x Starting",
      "a/x/deep Pending",
      "b Pending",
      "nobody/x Pending"
    ]]
  ])("%s", (_, steps, statuses) => {
    expect(inShort(replay(events(...tree, ...steps)))).toEqual(statuses)
  })

  it("goes on from a snapshot, and leaves out what the snapshot has", () => {
    const all = events(...tree, "Ready a/x#1", "Starting a/x#2", "Ready a#1")
    for (let sequence = 0; sequence <= all.length; sequence++) {
      const snapshot = { sequence, services: replay(all.slice(0, sequence)) }
      expect(replay(all, snapshot)).toEqual(replay(all))
      expect(replay(all.slice(sequence), snapshot)).toEqual(replay(all))
    }
  })

  it("takes a tree that is deeper than a stack", () => {
    const path = Array.from({ length: 20_000 }, () => "a").join("/")
    expect(inShort(replay(events(`Added ${path}#0`)))).toEqual([`${path} Pending`])
  })
})
