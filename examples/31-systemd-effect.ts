/**
 * Services under systemd: they say when they are ready, what is going on, and when they stop.
 *
 *     node examples/31-systemd-effect.ts
 *     systemd-run --user --pty -p Type=notify -p WatchdogSec=10 node $PWD/examples/31-systemd-effect.ts
 *
 * The first command runs it without systemd: `notify` does nothing then. The second runs it as a unit; `systemctl --user
 * status` shows its news. Ctrl-C ends it. The layer that calls `notify` is one of those that `launch` builds, so the call
 * comes before the services start.
 */
import { Governor, ServiceRun } from "effect-governor"
import { notify, runMain } from "effect-governor/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const warm = Effect.gen(function*() {
  yield* Effect.logInfo("reading what it has to know")
  yield* Effect.sleep("500 millis")
  yield* ServiceRun.ready
  return yield* Effect.never
})

const Notify = Layer.effectDiscard(Effect.map(Governor.Governor, (governor) => notify(governor)))

const Services = Layer.mergeAll(
  Notify,
  Governor.service("cache", warm, { readiness: "manual", startTimeout: "30 seconds" }),
  Governor.service("api", Effect.andThen(Effect.logInfo("serving"), Effect.never), { dependsOn: ["cache"] })
)

runMain(Governor.launch(Services))
