/**
 * Process signals for programs whose effects are not run by `runMain`.
 */
import * as Effect from "effect/Effect"
import type { Governor } from "../Governor.ts"
import type { InvalidOption } from "../GovernorError.ts"
import * as Governed from "./governed.ts"
import type { SignalOptions } from "./signals.ts"

/**
 * Shuts the governor down when the process receives SIGINT, SIGTERM, SIGHUP or SIGQUIT (SIGBREAK on Windows), or one of
 * the `signals`, within 25 seconds if the governor has no `shutdownTimeout`.
 *
 * **When to use**
 *
 * Where something other than `runMain` runs your effects. A program under `runMain` does not need this function.
 *
 * **Details**
 *
 * - The process stays up while services of the governor are active. When none is, nothing of the governor keeps the
 *   process up, and the channel to a parent process does not either, even if somebody listens to messages.
 * - The governor listens while a service is active or was not started yet. After a signal it listens until the process
 *   is gone. If the same signal comes again, a second later or more (`again`), the process ends with 128 + its number.
 * - After a shutdown by a signal, the log names after one second what else keeps the process up. When the time of the
 *   shutdown is over, the process exits all the same.
 * - If the latest report of the governor is not `ok`, or a run has not settled as the process leaves, the exit code is 1,
 *   unless you set one. With `exitCodes: "cause"`, other codes say why.
 *
 * **Gotchas**
 *
 * - If a signal has come before this call, the shutdown begins at once, and services cannot be added any more.
 * - A governor inside of another is shut down by the governor around it. This call then only writes a line to the log.
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
      try: () => Governed.catchSignals(governor, context, options),
      catch: (error) => error as InvalidOption
    })
  )
