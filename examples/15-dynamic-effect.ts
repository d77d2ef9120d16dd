/**
 * Services that are added and removed while the program runs, one for each tenant.
 *
 *     node examples/15-dynamic-effect.ts
 *
 * Tenants are added, stopped, started, restarted and removed by their handles. One tenant is a layer with its own
 * database. Closing the scope of that layer removes the service and then closes the database. After each step the
 * program prints the status of all tenants. It ends by itself.
 */
import { Governor, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** A real service would serve its tenant here. */
const serve = Effect.gen(function*() {
  const { name, run } = yield* ServiceRun
  yield* Effect.acquireRelease(Console.log(`  ${name} opens (run ${run})`), () => Console.log(`  ${name} closes`))
  return yield* Effect.never
})

const Database = Layer.effectDiscard(
  Effect.acquireRelease(Console.log("  database opens"), () => Console.log("  database closes"))
)

const program = Effect.gen(function*() {
  const governor = yield* Governor.make()

  const show = (step: string) =>
    Effect.gen(function*() {
      const tenants = (yield* governor.status).map(({ _tag, name, run }) => `${name} is ${_tag} (run ${run})`)
      yield* Console.log(`${step}: ${tenants.join(", ")}`)
    })

  const acme = yield* governor.add(Service.make("acme", serve))
  yield* governor.add(Service.make("globex", serve))
  yield* governor.start
  yield* show("two added")

  yield* acme.stop
  yield* show("acme stopped")
  yield* acme.start
  yield* show("acme started")

  const globex = yield* governor.get("globex")
  yield* globex.restart
  yield* show("globex restarted")

  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(Layer.provide(Governor.service("initech", serve), Database), scope).pipe(
    Effect.provideService(Governor.Governor, governor)
  )
  yield* governor.start // starts the services that were never started
  yield* acme.remove
  yield* show("initech added, acme removed")

  yield* Scope.close(scope, Exit.void)
  yield* show("initech's scope closed")

  yield* governor.shutdownWith("closing time")
  yield* show("shut down")
})

Effect.scoped(program).pipe(GovernorNode.runMain)
