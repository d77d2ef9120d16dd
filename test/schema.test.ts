/** The wire forms: the facade's plain objects are their encoded side. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { assert, describe, expect, it } from "vitest"
import { fromEvent, fromReport, fromServiceReport, fromStatus } from "../src/internal/bridge/plain.ts"
import { fromCause } from "../src/internal/bridge/thrown.ts"
import { fromReadiness } from "../src/promise/plain.ts"
import * as Wire from "../src/schema.ts"
import { cause, event, report, serviceReport, shutdownReason, status } from "./facts.ts"

/** What a plain object is as JSON. */
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Encodes as the facade does, and decodes what was encoded, also from JSON, to what is encoded the same. */
const agrees = <A, E>(schema: Schema.Codec<A, E>, facts: fc.Arbitrary<A>, plain: (fact: A) => unknown) => {
  const [encode, decode] = [Schema.encodeSync(schema), Schema.decodeUnknownSync(schema)]
  fc.assert(fc.property(facts, (fact) => {
    const encoded = encode(fact)
    assert.deepStrictEqual(encoded, json(plain(fact)))
    assert.deepStrictEqual(encode(decode(encoded)), encoded)
    assert.deepStrictEqual(json(encoded), encoded)
    assert.deepStrictEqual(encode(decode(plain(fact))), encoded)
  }))
}

const readiness = fc.record({
  ok: fc.boolean(),
  services: fc.array(
    fc.record({
      name: fc.string(),
      ready: fc.boolean(),
      waitingFor: fc.array(fc.string()),
      reason: fc.string(),
      cause
    }, { requiredKeys: ["name", "ready"] })
  )
})

describe("wire forms", () => {
  it("are of a cause what the facade says was thrown", () => agrees(Wire.Thrown, cause, fromCause))
  it("are of a status what the facade says", () => agrees(Wire.ServiceStatus, status, fromStatus))
  it("are of an event what the facade says", () => agrees(Wire.GovernorEvent, event, (one) => fromEvent(one)))
  it("are of a report what the facade says", () => agrees(Wire.ShutdownReport, report, fromReport))
  it("are of the report of a service what the facade says", () =>
    agrees(Wire.ServiceReport, serviceReport, fromServiceReport))
  it("are of the reason of a shutdown what the facade says", () =>
    agrees(
      Wire.ShutdownReason,
      shutdownReason,
      (reason) => fromReport({ ok: true, reason, duration: 0, services: [] }).reason
    ))
  it("are of a snapshot what the facade says", () =>
    agrees(
      Wire.Snapshot,
      fc.record({ sequence: fc.nat(), services: fc.array(status) }),
      ({ sequence, services }) => ({ sequence, services: services.map(fromStatus) })
    ))
  it("are of the readiness what the facade says", () =>
    agrees(Wire.Readiness, readiness, ({ ok, services }) => ({ ...fromReadiness(services), ok })))

  it("are of an interruption the same each time", () => {
    const encoded = Schema.encodeSync(Wire.Thrown)(Cause.interrupt(1))
    const message = "All fibers interrupted without error"
    assert.deepStrictEqual(encoded, { name: "Error", message, stack: `Error: ${message}` })
    assert.deepStrictEqual(Schema.encodeSync(Wire.Thrown)(Schema.decodeSync(Wire.Thrown)(encoded)), encoded)
  })

  it("decode to a cause that fails with an error of that name, message and stack", () => {
    const thrown = { name: "RangeError", message: "too many", stack: "RangeError: too many\n    at count.ts:1" }
    const error = Cause.squash(Schema.decodeSync(Wire.Thrown)(thrown))
    assert.instanceOf(error, Error)
    const { message, name, stack } = error
    assert.deepStrictEqual({ name, message, stack }, thrown)
    assert.deepStrictEqual(Object.keys(error), [])
  })

  it.each<[what: string, schema: Schema.Codec<unknown, unknown>, encoded: unknown]>([
    ["an unknown tag", Wire.ServiceStatus, { _tag: "Sleeping", name: "a", run: 1, restarts: 0, crashes: 0, since: 0 }],
    ["a field that is missing", Wire.ServiceStatus, { _tag: "Running", name: "a" }],
    ["a cause that is none", Wire.ServiceReport, { name: "a", outcome: "Failed", duration: 0, cause: "boom" }],
    ["an unknown outcome", Wire.ServiceReport, { name: "a", outcome: "Lost", duration: 0 }]
  ])("refuse %s", (_, schema, encoded) => {
    expect(() => Schema.decodeUnknownSync(schema)(encoded)).toThrow()
  })

  it("have names, for those who describe them", () => {
    const named = Object.entries(Wire).filter(([name]) => name !== "Thrown")
    assert.deepStrictEqual(
      named.map(([, schema]) => Schema.resolveAnnotations(schema)?.["identifier"]),
      named.map(([name]) => name)
    )
  })

  it("can be described as JSON Schema", async () => {
    const document = Schema.toJsonSchemaDocument(Wire.ServiceStatus)
    await Effect.runPromise(Effect.sync(() => expect(JSON.stringify(document)).toContain("waitingFor")))
  })
})
