/**
 * Processes of Node as services in plain TypeScript.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { PromiseService } from "../Service.ts"
import { ServiceRun } from "../ServiceRun.ts"
import { startFork } from "./fork.ts"
import { checkFork, type ForkOptions, type ForkSpec } from "./ForkOptions.ts"
import { runHosted } from "./Host.ts"
import { plainService } from "./plain.ts"

/**
 * A service each of whose runs is a process of Node.
 *
 * **When to use**
 *
 * For what `worker` is for, and where a thread is not enough: work that needs a memory limit or a folder of its own, or native
 * code that may end its process.
 *
 * **Details**
 *
 * `file` is a module that calls `serve` of `effect-governor/worker`, at its top level: the same file as for `worker`. What is
 * said there of errors, signs of life and stops holds here too, and what `command` says of its process group, its output and its
 * end. When the work has settled, the group is asked to end.
 *
 * The options of `add` come before those that are given here. Throws `InvalidOption` if an option is bad.
 *
 * **Example** (A process that says hello)
 *
 * ```ts
 * import { forked } from "effect-governor/process"
 * import { Governor } from "effect-governor/promise"
 * import { writeFileSync } from "node:fs"
 * import { tmpdir } from "node:os"
 *
 * const file = `${tmpdir()}/greeter.mjs`
 * writeFileSync(file, `import { serve } from "${import.meta.resolve("effect-governor/worker")}"
 *   serve(({ log }, whom) => log("hello %s", whom))`)
 *
 * const governor = new Governor()
 * governor.add("greeter", forked(file, { data: "world" })).start()
 * console.log((await governor.waitForShutdown()).ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const forked = (file: URL | string, options: ForkOptions = {}): PromiseService =>
  plainService(options, (all, service) => {
    const { own, spec } = checkFork(file, all, service)
    return { effect: runFork(spec), own }
  })

/** @internal */
export const runFork = (spec: ForkSpec): Effect.Effect<void, Error, Scope.Scope> =>
  Effect.flatMap(
    ServiceRun,
    ({ name: service, run, tellProcess }) => runHosted(startFork(spec.command, { service, run }, tellProcess), spec)
  )
