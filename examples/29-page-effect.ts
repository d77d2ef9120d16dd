/**
 * A page that shows the services of a whole tree of governors, and follows them.
 *
 *     node examples/29-page-effect.ts
 *
 * What the page gets is text: a snapshot of all services, also those of the governor inside "ingest", by their paths, and
 * after that the events. The schemas of effect-governor/schema make statuses and events of the text. The page subscribes
 * first, takes the snapshot, and leaves out the events that the snapshot has already. So it misses none, and shows none
 * twice. Ctrl-C ends the program with exit code 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import { GovernorEvent, Snapshot } from "effect-governor/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Page = Schema.fromJsonString(Snapshot)
const Line = Schema.fromJsonString(GovernorEvent)

const read = Effect.gen(function*() {
  const { run } = yield* ServiceRun
  yield* Effect.sleep("500 millis")
  return yield* run === 1 ? Effect.fail("the connection is lost") : Effect.never
})

const reader = Service.make("reader", read, { restart: RestartPolicy.spaced("500 millis") })

const Ingest = Layer.mergeAll(Governor.service(reader), Governor.service("writer", Effect.never))

const ingest = Governor.asService("ingest", Ingest)

/** A real program would answer requests with the snapshot, and with the lines. */
const page = Effect.gen(function*() {
  const { tree } = yield* Governor.Governor
  const events = yield* tree.subscribe
  const text = yield* Effect.flatMap(tree.snapshot, Schema.encodeEffect(Page))
  const { sequence, services } = yield* Schema.decodeEffect(Page)(text)
  for (const { _tag, name } of services) yield* Effect.logInfo(`${name}: ${_tag}`)
  const lines = Stream.mapEffect(Stream.fromSubscription(events), (event) => Schema.encodeEffect(Line)(event))
  yield* Stream.runForEach(
    lines,
    Effect.fnUntraced(function*(line) {
      const event = yield* Schema.decodeEffect(Line)(line)
      if (event.sequence > sequence && "service" in event) yield* Effect.logInfo(`${event.service}: ${event._tag}`)
    })
  )
})

const Services = Layer.mergeAll(
  Governor.service(ingest),
  Governor.service("page", Effect.scoped(page), { dependsOn: [ingest] })
)

Governor.launch(Services).pipe(GovernorNode.runMain)
