/**
 * A service that is a layer: each run builds it afresh, with all it has of its own.
 *
 *     node examples/10-layer-effect.ts
 *
 * A poller reads from a connection, and its readings go to an archive. The first connection breaks at the third reading:
 * the effect that was forked fails, so the run has crashed, its connection is closed, and half a second later the next run
 * opens another. The archive is provided from outside: there is one for all runs, and it is closed after the last of them.
 * Ctrl-C leaves with exit code 0.
 */
import { Governor, RestartPolicy, Service, ServiceRun } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class ConnectionLost extends Data.TaggedError("ConnectionLost")<{ readonly message: string }> {}

/** One for each run. */
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

/** One for all. */
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

// `ServiceRun.fork`, and not another fork: nobody would hear that it fails.
const Poller = Layer.effectDiscard(ServiceRun.fork(Effect.forever(poll))).pipe(Layer.provide(Connection.layer))

const Services = Governor.service(Service.fromLayer("poller", Poller)).pipe(Layer.provide(Archive.layer))

Governor.launch(Services, { restart: RestartPolicy.onFailure("500 millis") }).pipe(GovernorNode.runMain)
