/** The types of the wire forms: those of the core, and encoded those of the facade. */
import { describe, expectTypeOf, it } from "vitest"
import type * as Event from "../src/GovernorEvent.ts"
import type * as Facade from "../src/promise/index.ts"
import type * as Wire from "../src/schema.ts"
import type * as Spec from "../src/ServiceSpec.ts"
import type * as Status from "../src/ServiceStatus.ts"
import type * as Report from "../src/ShutdownReport.ts"

/** As a plain object is when it was sent: without the thrown value, which is not enumerable. */
type Sent<A> = A extends Facade.Thrown ? Pick<A, "name" | "message" | "stack">
  : A extends object ? { readonly [K in keyof A]: Sent<A[K]> }
  : A

type Flat<A> = A extends object ? { readonly [K in keyof A]: A[K] } : A

describe("a wire form", () => {
  it("has the type of the core", () => {
    expectTypeOf<typeof Wire.ServiceStatus.Type>().toEqualTypeOf<Status.ServiceStatus>()
    expectTypeOf<typeof Wire.GovernorEvent.Type>().toEqualTypeOf<Event.GovernorEvent>()
    expectTypeOf<typeof Wire.Snapshot.Type>().toEqualTypeOf<Status.Snapshot>()
    expectTypeOf<typeof Wire.ShutdownReport.Type>().toEqualTypeOf<Report.ShutdownReport>()
    expectTypeOf<typeof Wire.ServiceReport.Type>().toEqualTypeOf<Report.ServiceReport>()
    expectTypeOf<typeof Wire.ServiceSpec.Type>().toEqualTypeOf<Spec.ServiceSpec>()
    expectTypeOf<typeof Wire.StopReason.Type>().toEqualTypeOf<Event.StopReason>()
    expectTypeOf<typeof Wire.ShutdownReason.Type>().toEqualTypeOf<Report.ShutdownReason>()
  })

  it("is encoded as the facade has it", () => {
    expectTypeOf<typeof Wire.Thrown.Encoded>().toEqualTypeOf<Flat<Sent<Facade.Thrown>>>()
    expectTypeOf<typeof Wire.ServiceStatus.Encoded>().toEqualTypeOf<Sent<Facade.ServiceStatus>>()
    expectTypeOf<typeof Wire.GovernorEvent.Encoded>().toEqualTypeOf<Sent<Facade.GovernorEvent>>()
    expectTypeOf<typeof Wire.Snapshot.Encoded>().toEqualTypeOf<Sent<Facade.Snapshot>>()
    expectTypeOf<typeof Wire.ShutdownReport.Encoded>().toEqualTypeOf<Sent<Facade.ShutdownReport>>()
    expectTypeOf<typeof Wire.ServiceReport.Encoded>().toEqualTypeOf<Sent<Facade.ServiceReport>>()
    expectTypeOf<typeof Wire.Readiness.Encoded>().toEqualTypeOf<Sent<Facade.Readiness>>()
  })

  it("takes what the facade gives", () => {
    expectTypeOf<Facade.Thrown>().toExtend<typeof Wire.Thrown.Encoded>()
    expectTypeOf<Facade.ServiceStatus>().toExtend<typeof Wire.ServiceStatus.Encoded>()
    expectTypeOf<Facade.GovernorEvent>().toExtend<typeof Wire.GovernorEvent.Encoded>()
    expectTypeOf<Facade.Snapshot>().toExtend<typeof Wire.Snapshot.Encoded>()
    expectTypeOf<Facade.ShutdownReport>().toExtend<typeof Wire.ShutdownReport.Encoded>()
    expectTypeOf<Facade.Readiness>().toExtend<typeof Wire.Readiness.Encoded>()
  })
})
