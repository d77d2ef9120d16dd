/**
 * Process signals for programs whose effects are not run by `runMain`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Governor } from "../Governor.ts"
import type { InvalidOption } from "../GovernorError.ts"
import * as Governed from "./governed.ts"
import { CurrentHub, type SignalOptions } from "./process.ts"

/**
 * Shuts the governor down when the process receives SIGINT, SIGTERM, SIGHUP or SIGQUIT (SIGBREAK on Windows), within
 * 25 seconds if the governor has no `shutdownTimeout`.
 *
 * **When to use**
 *
 * Where something other than `runMain` runs your effects. A program under `runMain` does not need this function.
 *
 * **Details**
 *
 * If the same signal comes again, a second later or more, the process ends with 128 + its number. The function listens
 * until the shutdown is complete, and keeps the process up while services are active. If a report is not `ok`, the exit
 * code of the process is 1, unless you set one.
 *
 * **Example** (Under `Effect.runPromise`)
 *
 * ```ts
 * import { Governor, Service } from "effect-governor"
 * import * as GovernorNode from "effect-governor/node"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const governor = yield* Governor.make()
 *   yield* GovernorNode.catchSignals(governor)
 *   yield* governor.add(Service.make("greeter", Effect.logInfo("hello")))
 *   yield* governor.start
 *   return yield* governor.awaitShutdown
 * })
 *
 * await Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const catchSignals = (governor: Governor, options: SignalOptions = {}): Effect.Effect<void, InvalidOption> =>
  Effect.contextWith((context) =>
    Effect.try({
      try: () => {
        Governed.catchSignals(governor, context, options)
        Context.get(context, CurrentHub).holdUp(governor, () => true)
      },
      catch: (error) => error as InvalidOption
    })
  )
