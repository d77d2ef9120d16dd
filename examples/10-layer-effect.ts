/**
 * A service that is made from a layer. Each run builds the layer afresh.
 *
 *     node examples/10-layer-effect.ts
 *
 * A poller reads from a connection and stores its readings in an archive. The first connection breaks at the third
 * reading. The forked effect fails, so the run has crashed and its connection is closed. Half a second later the next
 * run opens another connection. The archive is provided from outside: all runs share one archive, which is closed after
 * the last run. Ctrl-C ends the program with exit code 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class ConnectionLost extends Data.TaggedError("ConnectionLost")<{ readonly message: string }> {}

/** Each run has its own connection. */
class Connection extends Context.Service<Connection, { readonly read: Effect.Effect<string, ConnectionLost> }>()(
  "example/Connection"
) {
  static readonly layer = Layer.effect(
    Connection,
    Effect.gen(function*() {
      const { run } = yield* ServiceRun
      yield* Effect.acquireRelease(
        Effect.logInfo(`connection ${run} opened`),
        () => Effect.logInfo(`connection ${run} closed`)
      )
      let readings = 0
      const read = Effect.suspend(() =>
        ++readings === 3 && run === 1
          ? new ConnectionLost({ message: "connection lost" })
          : Effect.succeed(`reading ${readings} of connection ${run}`)
      )
      return { read }
    })
  )
}

/** All runs share one archive. */
class Archive extends Context.Service<Archive, { readonly store: (reading: string) => Effect.Effect<number> }>()(
  "example/Archive"
) {
  static readonly layer = Layer.effect(
    Archive,
    Effect.gen(function*() {
      const readings: Array<string> = []
      yield* Effect.acquireRelease(Effect.logInfo("archive opened"), () => Effect.logInfo("archive closed"))
      return { store: (reading) => Effect.sync(() => readings.push(reading)) }
    })
  )
}

const poll = Effect.gen(function*() {
  const reading = yield* (yield* Connection).read
  const stored = yield* (yield* Archive).store(reading)
  yield* Effect.logInfo(`${reading}, ${stored} in the archive`)
  yield* Effect.sleep("200 millis")
})

// With another fork than `ServiceRun.fork`, nothing would notice the failure.
const Poller = Layer.effectDiscard(ServiceRun.fork(Effect.forever(poll))).pipe(Layer.provide(Connection.layer))

const Services = Governor.service(Service.fromLayer("poller", Poller)).pipe(Layer.provide(Archive.layer))

Governor.launch(Services, { restart: RestartPolicy.onFailure("500 millis") }).pipe(GovernorNode.runMain)
