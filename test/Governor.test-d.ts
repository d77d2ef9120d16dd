/** What an Effect back end relies on: requirements and errors are tracked, and wrong options do not compile. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import {
  Governor,
  type GovernorError,
  type GovernorEvent,
  RestartPolicy,
  Service,
  ServiceRun,
  type ServiceStatus,
  type ShutdownReport
} from "../src/index.ts"
import { catchSignals, runMain } from "../src/node/index.ts"
import { probe } from "../src/testing/index.ts"

class Database extends Context.Service<Database, { readonly name: string }>()("test/Database") {}
class Cache extends Context.Service<Cache, { readonly name: string }>()("test/Cache") {}
class Broken {
  readonly _tag = "Broken"
}

type AddError = GovernorError.DuplicateService | GovernorError.GovernorClosed | GovernorError.InvalidOption
type Failures =
  | Broken
  | GovernorError.DependencyFailed
  | GovernorError.RestartLimitExceeded
  | GovernorError.RunAbandoned
  | GovernorError.RunTimedOut

declare const governor: Governor.Governor
declare const failing: Effect.Effect<number, Broken, Database>
declare const scoped: Effect.Effect<void, Broken, Database | Scope.Scope>
declare const resource: Layer.Layer<Cache, Broken, Database>

describe("a service that is more than a service", () => {
  it("needs no Scope where it is added: each run has its own", () => {
    const copy = { ...Service.make("a", failing), name: "b" }
    const probed = probe<Broken>("a")
    expectTypeOf(governor.add(copy)).toEqualTypeOf<Effect.Effect<Governor.ServiceHandle<Broken>, AddError, Database>>()
    expectTypeOf(governor.add(probed)).toEqualTypeOf<Effect.Effect<Governor.ServiceHandle<Broken>, AddError>>()
    expectTypeOf(Governor.service(copy)).toEqualTypeOf<
      Layer.Layer<never, never, Governor.Governor | Database>
    >()
    expectTypeOf(Governor.service(probed)).toEqualTypeOf<Layer.Layer<never, never, Governor.Governor>>()
  })
})

describe("a service", () => {
  it("has the errors and requirements of its effect, but no Scope: each run has its own", () => {
    expectTypeOf(Service.make("a", failing)).toEqualTypeOf<Service.Service<Broken, Database>>()
    expectTypeOf(Service.make("a", scoped)).toEqualTypeOf<Service.Service<Broken, Database>>()
    expectTypeOf(Service.make("a", Effect.never)).toEqualTypeOf<Service.Service>()
    expectTypeOf(Service.fromPromise("a", async () => {})).toEqualTypeOf<Service.Service>()
  })

  it("from a layer has those of the layer, and those of its run which the layer does not provide", () => {
    expectTypeOf(Service.fromLayer("a", resource)).toEqualTypeOf<Service.Service<Broken, Database>>()
    const run = Effect.gen(function*() {
      yield* Cache
      yield* Database
      yield* Effect.scope
      return yield* Effect.fail("failed" as const)
    })
    expectTypeOf(Service.fromLayer("a", resource, { run })).toEqualTypeOf<
      Service.Service<Broken | "failed", Database>
    >()
    expectTypeOf(Service.fromLayer("a", Layer.empty, { run })).toEqualTypeOf<
      Service.Service<"failed", Cache | Database>
    >()
  })

  it("takes the options there are, and no others", () => {
    Service.make("a", Effect.never, { stopTimeout: "5 seconds", readiness: "manual", significant: true })
    // @ts-expect-error: no such unit
    Service.make("a", Effect.never, { stopTimeout: "5 secnds" })
    // @ts-expect-error: no such readiness
    Service.make("a", Effect.never, { readiness: "later" })
    // @ts-expect-error: no such option
    Service.make("a", Effect.never, { timeout: 5 })
    // @ts-expect-error: a name is a string
    Service.make(5, Effect.never)
    // @ts-expect-error: a run is an effect
    Service.make("a", () => Effect.never)
    // @ts-expect-error: a run returns nothing, or a promise of it
    Service.fromPromise("a", () => 5)
  })

  it("knows its run", () => {
    expectTypeOf(ServiceRun.ready).toEqualTypeOf<Effect.Effect<void>>()
    expectTypeOf(ServiceRun.stop).toEqualTypeOf<Effect.Effect<never>>()
    expectTypeOf(ServiceRun.fork(failing)).toEqualTypeOf<
      Effect.Effect<Fiber.Fiber<number, Broken>, never, Database | Scope.Scope>
    >()
    expectTypeOf(Effect.gen(function*() {
      return yield* ServiceRun
    })).toEqualTypeOf<Effect.Effect<ServiceRun>>()
  })
})

describe("a policy", () => {
  it("takes durations, or schedules over the exit of the run", () => {
    RestartPolicy.spaced("1 second", { maxRestarts: 3, within: "1 minute", resetAfter: 5000 })
    RestartPolicy.onFailure(Schedule.exponential("1 second"))
    RestartPolicy.always(Schedule.recurs(3))
    RestartPolicy.always(Schedule.cron("0 * * * *")) // may fail, which is a failure of the service
    // @ts-expect-error: no such unit
    RestartPolicy.spaced("1 secnd")
    // @ts-expect-error: a delay there must be
    RestartPolicy.spaced()
    Service.make("a", failing, {
      restart: RestartPolicy.spaced(0, {
        while: (error) => expectTypeOf(error).toEqualTypeOf<Broken>().toString() === ""
      })
    })
    Service.fromLayer("a", resource, {
      restart: RestartPolicy.onFailure(0, { while: (error) => error._tag === "Broken" })
    })
    // @ts-expect-error: a governor does not know the errors of its services
    void Governor.make({ restart: RestartPolicy.spaced(0, { while: (error: Broken) => error._tag === "Broken" }) })
    // @ts-expect-error: no such limit
    RestartPolicy.spaced(0, { limit: 3 })
    // @ts-expect-error: a schedule that wants something else
    RestartPolicy.always(Schedule.identity<number>())
  })
})

describe("a governor", () => {
  it("is made in a scope", () => {
    expectTypeOf(Governor.make()).toEqualTypeOf<
      Effect.Effect<Governor.Governor, GovernorError.InvalidOption, Scope.Scope>
    >()
    // @ts-expect-error: no such option
    void Governor.make({ restarts: 3 })
    // @ts-expect-error: a policy, not a delay
    void Governor.make({ restart: "1 second" })
  })

  it("asks for what a service needs where it is added, and its handle knows what the service fails with", () => {
    expectTypeOf(governor.add(Service.make("a", scoped))).toEqualTypeOf<
      Effect.Effect<Governor.ServiceHandle<Broken>, AddError, Database>
    >()
    expectTypeOf<Governor.ServiceHandle<Broken>["status"]>().toEqualTypeOf<
      Effect.Effect<ServiceStatus.ServiceStatus<Failures>>
    >()
    expectTypeOf(governor.get("a")).toEqualTypeOf<
      Effect.Effect<Governor.ServiceHandle<unknown>, GovernorError.UnknownService>
    >()
    // @ts-expect-error: a service, not an effect
    void governor.add(Effect.never)
  })

  it("reports with types", () => {
    expectTypeOf(governor.shutdown).toEqualTypeOf<Effect.Effect<ShutdownReport.ShutdownReport>>()
    expectTypeOf(governor.awaitShutdown).toEqualTypeOf<Effect.Effect<ShutdownReport.ShutdownReport>>()
    expectTypeOf(governor.events).toEqualTypeOf<Stream.Stream<GovernorEvent.GovernorEvent>>()
    expectTypeOf(governor.changes).toEqualTypeOf<Stream.Stream<ServiceStatus.ServiceStatus>>()
    expectTypeOf(governor.subscribe).toEqualTypeOf<
      Effect.Effect<PubSub.Subscription<GovernorEvent.GovernorEvent>, never, Scope.Scope>
    >()
  })
})

describe("layers", () => {
  it("of services need the governor, and what the service needs", () => {
    expectTypeOf(Governor.layer()).toEqualTypeOf<Layer.Layer<Governor.Governor, GovernorError.InvalidOption>>()
    expectTypeOf(Governor.service("a", scoped)).toEqualTypeOf<
      Layer.Layer<never, never, Governor.Governor | Database>
    >()
    expectTypeOf(Governor.service(Service.make("a", failing))).toEqualTypeOf<
      Layer.Layer<never, never, Governor.Governor | Database>
    >()
  })

  it("that are supervised need no governor any more, and provide it beside what they provide", () => {
    const services = Layer.mergeAll(Governor.service("a", scoped), resource)
    expectTypeOf(Governor.supervise(services)).toEqualTypeOf<
      Layer.Layer<Cache | Governor.Governor, Broken, Database>
    >()
    expectTypeOf(services.pipe(Governor.supervise({ name: "backend" }))).toEqualTypeOf<
      Layer.Layer<Cache | Governor.Governor, Broken, Database>
    >()
    expectTypeOf(services.pipe(Governor.launch())).toEqualTypeOf(Governor.launch(services))
    expectTypeOf(services.pipe(Governor.launch({ name: "backend" }))).toEqualTypeOf(Governor.launch(services))
    expectTypeOf(Governor.launch(services)).toEqualTypeOf<
      Effect.Effect<ShutdownReport.ShutdownReport, Broken | GovernorError.GovernorFailed, Database>
    >()
  })
})

describe("a program", () => {
  it("is run only when nothing is missing", () => {
    const program = Governor.launch(Governor.service("a", failing))
    // the database is missing
    expectTypeOf(program).not.toExtend<Parameters<typeof runMain>[0]>()
    const complete = program.pipe(Effect.provideService(Database, { name: "test" }))
    expectTypeOf(runMain(complete)).toEqualTypeOf<void>()
    expectTypeOf(complete.pipe(runMain)).toEqualTypeOf<void>()
    expectTypeOf(complete.pipe(runMain({ shutdownTimeout: "10 seconds" }))).toEqualTypeOf<void>()
    // @ts-expect-error: no such unit
    runMain(complete, { shutdownTimeout: "10 secnds" })
    expectTypeOf(catchSignals(governor)).toEqualTypeOf<Effect.Effect<void, GovernorError.InvalidOption>>()
  })
})

describe("a governor as a service", () => {
  it("fails as its layers and as a significant service, and needs what they need, but no governor", () => {
    const Services = Layer.mergeAll(Governor.service("a", failing), resource)
    expectTypeOf(Governor.asService("inner", Services, { strategy: "one-for-all" })).toEqualTypeOf<
      Service.Service<Broken | GovernorError.GovernorFailed, Database>
    >()
    // @ts-expect-error: no such strategy
    Governor.asService("inner", Services, { strategy: "all" })
  })

  it("has a policy that looks at these errors", () => {
    Governor.asService("inner", resource, {
      service: {
        restart: RestartPolicy.onFailure(0, {
          while: (error) => expectTypeOf(error).toEqualTypeOf<Broken | GovernorError.GovernorFailed>().toString() === ""
        })
      }
    })
    Governor.asService("inner", resource, {
      service: {
        // @ts-expect-error: it does not fail like that
        restart: RestartPolicy.onFailure(0, { while: (error: { readonly _tag: "Other" }) => error._tag === "Other" })
      }
    })
  })
})

describe("onStop", () => {
  const onStop = Effect.asVoid(Effect.andThen(Cache, Effect.scope))

  it("may need what the run does not need, and Scope is there", () => {
    const options = { onStop }
    expectTypeOf(Service.make("a", failing, options)).toEqualTypeOf<Service.Service<Broken, Cache | Database>>()
    expectTypeOf(Service.fromLayer("a", Layer.empty, options)).toEqualTypeOf<Service.Service<never, Cache>>()
    expectTypeOf(Governor.service("a", failing, options)).toEqualTypeOf<
      Layer.Layer<never, never, Governor.Governor | Cache | Database>
    >()
    expectTypeOf(Governor.service("a", failing, { stopTimeout: 5 })).toEqualTypeOf<
      Layer.Layer<never, never, Governor.Governor | Database>
    >()
    expectTypeOf(Governor.asService("inner", Governor.service("a", failing), { service: options })).toEqualTypeOf<
      Service.Service<GovernorError.GovernorFailed, Cache | Database>
    >()
    expectTypeOf(options).not.toExtend<Parameters<typeof Service.fromPromise>[2]>() // nobody would provide it
  })
})

describe("what depends on others", () => {
  it("names them, or has them in the hand, whatever they need", () => {
    const database = Service.make("database", failing)
    expectTypeOf(Service.make("api", Effect.never, { dependsOn: [database, "cache"] })).toEqualTypeOf<Service.Service>()
    // @ts-expect-error: a list
    Service.make("api", Effect.never, { dependsOn: "database" })
    // @ts-expect-error: no such readiness
    Service.make("api", Effect.never, { readiness: "soon" })
  })
})

describe("the programs of the README", () => {
  it("that adds services itself", () => {
    const ticker = Service.make("ticker", Effect.forever(Effect.sleep("1 second")))
    const program = Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced("1 second") })
      yield* governor.add(ticker)
      yield* governor.start
      return yield* governor.awaitShutdown
    })
    expectTypeOf(program).toEqualTypeOf<Effect.Effect<ShutdownReport.ShutdownReport, AddError, Scope.Scope>>()
  })

  it("that is all layers", () => {
    const DatabaseLive = Layer.succeed(Database, { name: "live" })
    const Services = Layer.mergeAll(
      Governor.service("ticker", Effect.forever(Effect.sleep("1 second"))),
      Governor.service("api", scoped, { stopTimeout: "10 seconds" })
    ).pipe(Layer.provide(DatabaseLive))
    expectTypeOf(Services).toEqualTypeOf<Layer.Layer<never, never, Governor.Governor>>()
    const program = Governor.launch(Services, { restart: RestartPolicy.spaced("1 second") })
    expectTypeOf(program).toEqualTypeOf<
      Effect.Effect<ShutdownReport.ShutdownReport, GovernorError.GovernorFailed>
    >()
    expectTypeOf(program.pipe(runMain)).toEqualTypeOf<void>()
  })
})
