/**
 * A queue between two services that is empty when the process leaves.
 *
 *     node examples/08-queue-effect.ts
 *
 * The producer brings five orders a second, the consumer processes them one by one. At the seventh it crashes, and
 * processes it after its restart. On Ctrl-C the producer brings the last five and stops, the consumer goes on until nothing
 * is left, restarts included, and the last line says that as many orders were processed as accepted. The exit code is 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"

class OrderFailed extends Data.TaggedError("OrderFailed")<{ readonly message: string }> {}

/** What both need, and neither owns: a layer. */
class Orders extends Context.Service<Orders, Queue.Queue<number, Cause.Done>>()("example/Orders") {
  static readonly layer = Layer.effect(Orders, Queue.unbounded<number, Cause.Done>())
}

let accepted = 0
let processed = 0

const accept = Effect.gen(function*() {
  yield* Queue.offerAll(yield* Orders, Array.from({ length: 5 }, () => ++accepted))
  yield* Effect.logInfo(`accepted ${accepted} orders`)
})

const produce = Effect.andThen(accept, Effect.sleep("1 second")).pipe(
  Effect.forever,
  Effect.onInterrupt(() => Effect.delay(accept, "20 millis")), // those that were on their way
  Effect.ensuring(Effect.logInfo("accepts no more"))
)

/** An order is taken off after it was processed: the one at which a run broke off is the first of the next run. */
const consume = Effect.gen(function*() {
  const orders = yield* Orders
  const order = yield* Queue.peek(orders)
  yield* Effect.sleep("50 millis") // the work
  if (order === 7 && (yield* ServiceRun).run === 1) return yield* new OrderFailed({ message: "order 7 failed" })
  yield* Effect.logInfo(`processed order ${order}`)
  processed++
  yield* Queue.take(orders)
}).pipe(Effect.forever, Effect.catchTag("Done", () => Effect.void))

// A shutdown restarts nothing any more, and a crash at the last orders must not leave them lying there: so the consumer has a
// governor of its own, which is waited for before it is shut down.
const consumers = Effect.gen(function*() {
  const governor = yield* Governor.make({ name: "consumers", restart: RestartPolicy.onFailure("500 millis") })
  yield* governor.add(Service.make("consumer", consume))
  yield* governor.start
  yield* Effect.addFinalizer(() => Effect.andThen(Effect.flatMap(Orders, Queue.end), governor.awaitShutdown))
  return yield* Effect.never
})

const Services = Layer.mergeAll(
  Governor.service("consumers", consumers),
  Governor.service("producer", produce, { dependsOn: ["consumers"] }) // so it stops first
).pipe(Layer.provide(Orders.layer))

Governor.launch(Services).pipe(
  Effect.andThen(Effect.sync(() => console.log("%d orders accepted, %d processed", accepted, processed))),
  GovernorNode.runMain
)
