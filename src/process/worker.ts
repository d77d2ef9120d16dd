/**
 * Threads as services in plain TypeScript.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { PromiseService } from "../Service.ts"
import { ServiceRun } from "../ServiceRun.ts"
import { runHosted } from "./Host.ts"
import { plainService } from "./plain.ts"
import { startThread } from "./thread.ts"
import { checkThread, type ThreadOptions, type ThreadSpec } from "./ThreadOptions.ts"

/**
 * A service each of whose runs is a thread.
 *
 * **When to use**
 *
 * For work that may block its event loop, and for work that must be ended even if it does not want to end.
 *
 * **Details**
 *
 * `file` is a module that calls `serve` of `effect-governor/worker`, at its top level. What it throws is the crash of the run. A
 * thread that ends before its work is done has crashed, and so has one that takes more memory than its `resourceLimits`.
 *
 * The event loop of the thread gives signs of life by itself. When it is blocked for the `heartbeatTimeout`, the thread is
 * terminated at once and the run has crashed, while the rest of the program goes on. A stop aborts the signal in the thread. When
 * the `stopTimeout` is over, or the time of the shutdown, the thread is terminated, and the service is `Failed` (`RunKilled`).
 *
 * The options of `add` come before those that are given here. Throws `InvalidOption` if an option is bad.
 *
 * From the watchdog of systemd, and the brutal kill of Erlang/OTP.
 *
 * **Gotchas**
 *
 * A thread that is blocked in native code, and not in JavaScript, cannot be terminated before that code returns.
 *
 * **Example** (A thread that says hello)
 *
 * ```ts
 * import { worker } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 *
 * const module = `import { serve } from "${import.meta.resolve("effect-governor/worker")}"
 *   serve(({ log }, whom) => log("hello %s", whom))`
 *
 * const governor = new Governor()
 * governor.add("greeter", worker(new URL(`data:text/javascript,${encodeURIComponent(module)}`), { data: "world" }))
 * governor.start()
 * console.log((await governor.waitForShutdown()).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const worker = (file: URL | string, options: ThreadOptions = {}): PromiseService =>
  plainService(options, (all, service) => {
    const { own, spec } = checkThread(file, all, service)
    return { effect: runThread(spec), own }
  })

/** @internal */
export const runThread = (spec: ThreadSpec): Effect.Effect<void, Error, Scope.Scope> =>
  Effect.flatMap(ServiceRun, ({ tellProcess }) => runHosted(startThread(spec, tellProcess), spec))
