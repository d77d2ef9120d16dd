/**
 * A queue between two services that is empty when the process leaves.
 *
 *     node examples/08-queue-effect.ts
 *
 * The producer adds five orders each second, and the consumer processes one order after the other. The consumer crashes
 * at order 7, and processes that order after its restart. On Ctrl-C the producer adds five last orders and stops. The
 * consumer goes on until the queue is empty, with restarts if necessary. The last line shows that all accepted orders
 * were processed. The exit code is 0.
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

/** The queue is a layer, because both services need it and neither owns it. */
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
  Effect.onInterrupt(() => Effect.delay(accept, "20 millis")), // the orders that were on their way
  Effect.ensuring(Effect.logInfo("accepts no more"))
)

/**
 * Takes an order off the queue after it was processed. If a run ends early, the next run begins with the same order.
 */
const consume = Effect.gen(function*() {
  const orders = yield* Orders
  const order = yield* Queue.peek(orders)
  yield* Effect.sleep("50 millis") // the work
  if (order === 7 && (yield* ServiceRun).run === 1) return yield* new OrderFailed({ message: "order 7 failed" })
  yield* Effect.logInfo(`processed order ${order}`)
  processed++
  yield* Queue.take(orders)
}).pipe(Effect.forever, Effect.catchTag("Done", () => Effect.void))

// A shutdown restarts nothing, so a crash at the last orders would leave orders in the queue. So the consumer has its
// own governor, which is waited for before it is shut down.
const consumers = Effect.gen(function*() {
  const governor = yield* Governor.make({ name: "consumers", restart: RestartPolicy.onFailure("500 millis") })
  yield* governor.add(Service.make("consumer", consume))
  yield* governor.start
  yield* Effect.addFinalizer(() => Effect.andThen(Effect.flatMap(Orders, Queue.end), governor.awaitShutdown))
  return yield* Effect.never
})

const Services = Layer.mergeAll(
  Governor.service("consumers", consumers),
  Governor.service("producer", produce, { dependsOn: ["consumers"] }) // the producer stops before the consumers
).pipe(Layer.provide(Orders.layer))

Governor.launch(Services).pipe(
  Effect.andThen(Effect.sync(() => console.log("%d orders accepted, %d processed", accepted, processed))),
  GovernorNode.runMain
)
