import * as Cause from "effect/Cause"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Packed } from "../../src/http/Packed.ts"
import { Ring } from "../../src/http/Ring.ts"
import type { GovernorEvent } from "../../src/index.ts"

const cause = Cause.fail("no connection")

const event: fc.Arbitrary<GovernorEvent.GovernorEvent> = fc.record({
  service: fc.constantFrom("api", "ingest/reader"),
  run: fc.nat(),
  time: fc.nat({ max: 2 ** 45 }),
  sequence: fc.nat()
}).chain((of) =>
  fc.constantFrom<Array<GovernorEvent.GovernorEvent>>(
    { _tag: "ServiceStarting", ...of, restarts: 3 },
    { _tag: "ServiceStarting", ...of, restarts: 0, restartsByHand: 1 },
    { _tag: "ServiceReady", ...of },
    { _tag: "ServiceCompleted", ...of },
    { _tag: "RestartScheduled", ...of, delay: 0.5 },
    { _tag: "RestartScheduled", ...of, delay: Infinity },
    { _tag: "RestartScheduled", ...of, delay: 0, cause },
    { _tag: "ServiceCrashed", ...of, cause },
    { _tag: "ServiceWaiting", ...of, waitingFor: ["db"] },
    { _tag: "ShutdownStarted", time: of.time, sequence: of.sequence, reason: { _tag: "AllOver" } }
  )
)

it("gives back each event as it was, whatever was in its place before", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(event, { maxLength: 40 }), (size, events) => {
    const ring = new Ring(size, (size) => new Packed(size))
    const kept: Array<GovernorEvent.GovernorEvent> = []
    for (const one of events) {
      ring.put(one)
      kept.push(one)
      expect(ring.since(0)).toEqual(kept.slice(-size))
    }
    ring.grow(size * 2)
    expect(ring.since(0)).toEqual(kept.slice(-size))
  }))
})
