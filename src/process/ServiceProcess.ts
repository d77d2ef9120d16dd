/**
 * Processes as services of an Effect program.
 *
 * @since 0.1.0
 */
import * as Service from "../Service.ts"
import { checkCommand, type CommandOptions } from "./CommandOptions.ts"
import type { ProcessFailed, ProcessNotStarted } from "./ProcessError.ts"
import { runCommand } from "./runCommand.ts"

/**
 * A service each of whose runs is a process.
 *
 * **When to use**
 *
 * For a program that is not written for this one, and for work that must be ended even if it does not want to end.
 *
 * **Details**
 *
 * What a run is, how it ends and what is logged says `command`, its form for plain TypeScript. A run fails with `ProcessFailed`
 * or `ProcessNotStarted`. `options` are those of the process, and those of the service.
 *
 * Throws `InvalidOption` if an option is bad.
 *
 * **Example** (A process that is started again when it fails)
 *
 * ```ts
 * import { Governor, RestartPolicy } from "effect-governor"
 * import { ServiceProcess } from "effect-governor/process"
 * import * as Effect from "effect/Effect"
 *
 * const Hello = ServiceProcess.command("hello", process.execPath, ["-e", "console.log('hello')"], {
 *   restart: RestartPolicy.onFailure("1 second")
 * })
 *
 * const { ok } = await Effect.runPromise(Governor.launch(Governor.service(Hello)))
 * console.log(ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const command = <R2 = never, R3 = never, R4 = never>(
  name: string,
  program: string,
  args: ReadonlyArray<string> = [],
  options: Options<R2, R3, R4> = {}
): Service.Service<ProcessFailed | ProcessNotStarted, R2 | R3 | R4> => {
  const { ansi, cwd, env, output, readiness, stdin, stopSignal, stopTimeout, user, ...others } = options
  const of = { ansi, cwd, env, output, readiness, stdin, stopSignal, stopTimeout, user }
  const { own, spec } = checkCommand(program, args, of, name)
  return Service.make(name, runCommand(spec), { ...others, ...own })
}

type ServiceOptions<R2, R3, R4> = Service.Options<ProcessFailed | ProcessNotStarted, R2, R3, R4>

/**
 * The options of a process, and those of its service.
 *
 * **Example** (A program that is checked each second)
 *
 * ```ts
 * import { Probe } from "effect-governor/node"
 * import { ServiceProcess } from "effect-governor/process"
 *
 * const options: ServiceProcess.Options = {
 *   cwd: "/tmp",
 *   liveness: Probe.tcp(6390, { every: "1 second" }),
 *   significant: true
 * }
 * console.log(ServiceProcess.command("redis", "redis-server", ["--port", "6390"], options).name) // redis
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Options<R2 = never, R3 = never, R4 = never> =
  & CommandOptions<ServiceOptions<R2, R3, R4>["readiness"]>
  & Omit<ServiceOptions<R2, R3, R4>, "readiness" | "stopTimeout">
