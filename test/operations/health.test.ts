import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type { StopReason } from "../../src/GovernorEvent.ts"
import { type Health, healthOf } from "../../src/operations/health.ts"
import type { Status } from "../../src/operations/View.ts"
import type { ServiceStatus } from "../../src/ServiceStatus.ts"

const base = { name: "a", run: 1, restarts: 0, crashes: 0, since: 0 }
const cause = Cause.fail("no connection")

describe("healthOf", () => {
  const table: ReadonlyArray<readonly [ServiceStatus, Health]> = [
    [{ ...base, _tag: "Running" }, "Ready"],
    [{ ...base, _tag: "Pending" }, "NotCounted"],
    [{ ...base, _tag: "Standby" }, "NotCounted"],
    [{ ...base, _tag: "Waiting", waitingFor: ["b"] }, "NotReady"],
    [{ ...base, _tag: "Starting" }, "NotReady"],
    [{ ...base, _tag: "Starting", restarts: 1 }, "NotReady"],
    [{ ...base, _tag: "Starting", reason: "no space" }, "NotReady"],
    [{ ...base, _tag: "Backoff", until: 1, cause }, "NotReady"],
    [{ ...base, _tag: "Failed", cause }, "NotReady"],
    [{ ...base, _tag: "Stopped", outcome: "Completed" }, "Ready"],
    [{ ...base, _tag: "Stopped", outcome: "Stopped" }, "NotCounted"],
    [{ ...base, _tag: "Stopped", outcome: "Stopped", cause }, "NotCounted"]
  ]
  for (const [status, health] of table) {
    it(`is ${health} for ${JSON.stringify(status)}`, () => assert.strictEqual(healthOf(status, "automatic"), health))
  }

  const stops: { readonly [Reason in StopReason]: Health } = {
    stop: "NotCounted",
    remove: "NotCounted",
    restart: "NotReady",
    strategy: "NotReady",
    dependency: "NotReady",
    lease: "NotCounted",
    shutdown: "NotReady"
  }
  for (const [reason, health] of Object.entries(stops)) {
    it(`is ${health} for a service that stops because of ${reason}`, () =>
      assert.strictEqual(healthOf({ ...base, _tag: "Stopping", reason }, "automatic"), health))
  }

  it("is Ready between two runs of which the first has completed, as for those that depend on the service", () => {
    for (const readiness of ["automatic", "manual", "completed", "probe"] as const) {
      assert.strictEqual(healthOf({ ...base, _tag: "Backoff" }, readiness), "Ready")
    }
  })

  it("is Ready while a service works once more that had to complete, and has", () => {
    const again = { ...base, _tag: "Starting", run: 3, restarts: 2 } as const
    assert.strictEqual(healthOf(again, "completed"), "Ready")
    assert.strictEqual(healthOf({ ...again, lastFailure: { run: 1 } }, "completed"), "Ready")
    assert.strictEqual(healthOf({ ...again, lastFailure: { run: 2 } }, "completed"), "NotReady")
    assert.strictEqual(healthOf({ ...again, run: 1, restarts: 0 }, "completed"), "NotReady")
    assert.strictEqual(healthOf(again, "manual"), "NotReady")
  })

  it("is the same for a plain status", () => {
    const thrown = { name: "Error", message: "no", stack: "Error: no", error: undefined }
    const status: Status = { ...base, _tag: "Backoff", until: 1, cause: thrown }
    assert.strictEqual(healthOf(status, "automatic"), "NotReady")
  })
})
