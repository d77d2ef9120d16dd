/** What processes and threads as services take, need and fail with. */
// @effect-diagnostics missingEffectContext:off
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import type { Service } from "../../src/index.ts"
import { command, type CommandOptions, type ProcessError, ServiceProcess } from "../../src/process/index.ts"

class Database extends Context.Service<Database, { readonly name: string }>()("test/Database") {}

declare const scoped: Effect.Effect<void, Error, Scope.Scope>
declare const needy: Effect.Effect<void, Error, Database | Scope.Scope>

type Failure = ProcessError.ProcessError

describe("a service", () => {
  it("fails with the errors of its runs", () => {
    expectTypeOf<Failure>().toEqualTypeOf<
      ProcessError.MemoryExceeded | ProcessError.ProcessFailed | ProcessError.ProcessNotStarted
    >()
    expectTypeOf(ServiceProcess.command("c", "sh")).toEqualTypeOf<Service.Service<Failure>>()
    expectTypeOf(ServiceProcess.worker("w", "/w.js")).toEqualTypeOf<Service.Service<Error>>()
    expectTypeOf(ServiceProcess.forked("f", "/f.js")).toEqualTypeOf<Service.Service<Error>>()
  })

  it("needs what its probes and onStop need, but no Scope, as other services", () => {
    const options = {
      readiness: { check: scoped, every: 1000 },
      liveness: { check: scoped, every: 1000 },
      onStop: scoped
    }
    expectTypeOf(ServiceProcess.command("c", "sh", [], options)).toEqualTypeOf<Service.Service<Failure>>()
    expectTypeOf(ServiceProcess.worker("w", "/w.js", options)).toEqualTypeOf<Service.Service<Error>>()
    expectTypeOf(ServiceProcess.forked("f", "/f.js", options)).toEqualTypeOf<Service.Service<Error>>()
    expectTypeOf(ServiceProcess.command("c", "sh", [], { readiness: { check: needy, every: 1000 } }))
      .toEqualTypeOf<Service.Service<Failure, Database>>()
    expectTypeOf(ServiceProcess.worker("w", "/w.js", { ...options, liveness: { check: needy, every: 1000 } }))
      .toEqualTypeOf<Service.Service<Error, Database>>()
    expectTypeOf(ServiceProcess.forked("f", "/f.js", { ...options, onStop: needy }))
      .toEqualTypeOf<Service.Service<Error, Database>>()
  })
})

describe("a command", () => {
  it("takes no heartbeatTimeout", () => {
    // @ts-expect-error
    command("sh", [], { heartbeatTimeout: "1 second" })
    // @ts-expect-error
    ServiceProcess.command("c", "sh", [], { heartbeatTimeout: "1 second" })
    expectTypeOf<ServiceProcess.WorkerOptions>().toHaveProperty("heartbeatTimeout")
    expectTypeOf<ServiceProcess.ForkedOptions>().toHaveProperty("heartbeatTimeout")
    expectTypeOf<CommandOptions>().not.toHaveProperty("heartbeatTimeout")
  })

  it("cannot call ready, so its readiness is not manual", () => {
    // @ts-expect-error
    command("sh", [], { readiness: "manual" })
    // @ts-expect-error
    ServiceProcess.command("c", "sh", [], { readiness: "manual" })
    command("sh", [], { readiness: "completed" })
    command("sh", [], { readiness: { check: () => true, every: "1 second" } })
    ServiceProcess.command("c", "sh", [], { readiness: "automatic" })
    ServiceProcess.command("c", "sh", [], { readiness: /ready/ })
    expectTypeOf<"manual">().toExtend<ServiceProcess.WorkerOptions["readiness"]>()
    expectTypeOf<"manual">().toExtend<ServiceProcess.ForkedOptions["readiness"]>()
  })
})
