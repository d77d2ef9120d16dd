/**
 * A queue between two services that is empty when the process leaves.
 *
 *     node examples/08-queue-effect.ts
 *
 * The producer brings five orders a second, the consumer processes them one by one. At the seventh it crashes, and
 * processes it after its restart. On Ctrl-C the producer stops, the consumer goes on until nothing is left, restarts
 * included, and the last line says that as many orders were processed as accepted. The exit code is 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"

class OrderFailed extends Data.TaggedError("OrderFailed")<{ readonly message: string }> {}

let accepted = 0
let processed = 0

const produce = (queue: Queue.Enqueue<number>) =>
  Effect.gen(function*() {
    yield* Queue.offerAll(queue, Array.from({ length: 5 }, () => ++accepted))
    yield* Effect.logInfo(`accepted ${accepted} orders`)
    yield* Effect.sleep("1 second")
  }).pipe(Effect.forever)

/** An order is taken off after it was processed: the one at which a run broke off is the first of the next run. */
const consume = (queue: Queue.Dequeue<number, Cause.Done>) =>
  Effect.gen(function*() {
    const order = yield* Queue.peek(queue)
    yield* Effect.sleep("50 millis") // the work
    if (order === 7 && (yield* ServiceRun).run === 1) return yield* new OrderFailed({ message: "order 7 failed" })
    yield* Effect.logInfo(`processed order ${order}`)
    processed++
    yield* Queue.take(queue)
  }).pipe(Effect.forever, Effect.catchTag("Done", () => Effect.void))

// The services of one governor stop together, and these must not. Here a scope says in which order things end: the reverse
// of that in which they were made.
const orders = Effect.gen(function*() {
  const queue = yield* Queue.unbounded<number, Cause.Done>()
  const consumers = yield* Governor.make({ name: "consumers", restart: RestartPolicy.onFailure("500 millis") })
  yield* consumers.add(Service.make("consumer", consume(queue)))
  yield* consumers.start
  // Third, the consumers' governor ends. Second, the queue, and the consumer as soon as it is empty:
  yield* Effect.addFinalizer(() => Effect.andThen(Queue.end(queue), consumers.awaitShutdown))
  // First, the producers' governor ends.
  const producers = yield* Governor.make({ name: "producers", restart: RestartPolicy.spaced("1 second") })
  yield* producers.add(Service.make("producer", produce(queue)))
  yield* producers.start
  return yield* Effect.never
})

Governor.launch(Governor.service("orders", orders)).pipe(
  Effect.andThen(Effect.sync(() => console.log("%d orders accepted, %d processed", accepted, processed))),
  GovernorNode.runMain
)
