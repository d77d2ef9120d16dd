/**
 * Processes as services of an Effect program.
 *
 * @since 0.1.0
 */
import type * as Scope from "effect/Scope"
import * as Service from "../Service.ts"
import { checkCommand, type CommandOptions } from "./CommandOptions.ts"
import { runFork } from "./forked.ts"
import { checkFork, type ForkOptions } from "./ForkOptions.ts"
import type { ProcessError } from "./ProcessError.ts"
import { runCommand } from "./runCommand.ts"
import { checkThread, type ThreadOptions } from "./ThreadOptions.ts"
import { runThread } from "./worker.ts"

/**
 * A service each of whose runs is a process.
 *
 * **When to use**
 *
 * For a program that is not written for this one, and for work that must be ended even if it does not want to end.
 *
 * **Details**
 *
 * What a run is, how it ends and what is logged says `command`, its form for plain TypeScript. A run fails with `ProcessFailed`,
 * `ProcessNotStarted` or `MemoryExceeded`. `options` are those of the process, and those of the service.
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
): Service.Service<ProcessError, Exclude<R2 | R3 | R4, Scope.Scope>> => {
  const { own, spec } = checkCommand(program, args, options, name, serviceKeys)
  return Service.make(name, runCommand(spec), { ...ofService(options), ...own })
}

/**
 * A service each of whose runs is a thread. What a run is, and how it ends, says `worker`, its form for plain TypeScript. A run
 * fails with what was thrown in the thread, without its class, or with `ProcessFailed` or `MemoryExceeded`.
 *
 * **Example** (A thread as a layer)
 *
 * ```ts
 * import { Governor } from "effect-governor"
 * import { ServiceProcess } from "effect-governor/process"
 * import * as Effect from "effect/Effect"
 *
 * const module = `import { serve } from "${import.meta.resolve("effect-governor/worker")}"
 *   serve(({ log }) => log("hello"))`
 * const Hello = ServiceProcess.worker("hello", new URL(`data:text/javascript,${encodeURIComponent(module)}`))
 *
 * const { ok } = await Effect.runPromise(Governor.launch(Governor.service(Hello)))
 * console.log(ok) // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const worker = <R2 = never, R3 = never, R4 = never>(
  name: string,
  file: URL | string,
  options: WorkerOptions<R2, R3, R4> = {}
): Service.Service<Error, Exclude<R2 | R3 | R4, Scope.Scope>> => {
  const { own, spec } = checkThread(file, options, name, serviceKeys)
  return Service.make(name, runThread(spec), { ...ofService(options), ...own })
}

/**
 * A service each of whose runs is a process of Node. What a run is, and how it ends, says `forked`, its form for plain
 * TypeScript. A run fails with what was thrown in the process, without its class, or with `ProcessFailed`, `ProcessNotStarted` or
 * `MemoryExceeded`.
 *
 * **Example** (A file as a service)
 *
 * ```ts
 * import { ServiceProcess } from "effect-governor/process"
 *
 * const Encoder = ServiceProcess.forked("encoder", new URL("./encoder.js", import.meta.url), { data: { quality: 5 } })
 * console.log(Encoder.name) // encoder
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const forked = <R2 = never, R3 = never, R4 = never>(
  name: string,
  file: URL | string,
  options: ForkedOptions<R2, R3, R4> = {}
): Service.Service<Error, Exclude<R2 | R3 | R4, Scope.Scope>> => {
  const { own, spec } = checkFork(file, options, name, serviceKeys)
  return Service.make(name, runFork(spec), { ...ofService(options), ...own })
}

/** The options of a service that are none of its process. */
type OfService<E, R2, R3, R4> = Omit<Service.Options<E, R2, R3, R4>, "heartbeatTimeout" | "readiness" | "stopTimeout">

/** Its result names each of them, so that none is forgotten. */
const ofService = <E, R2, R3, R4>(
  { bindsTo, dependsOn, health, liveness, onStop, removeWhenOver, restart, significant, startTimeout }: OfService<
    E,
    R2,
    R3,
    R4
  >
): Required<OfService<E, R2, R3, R4>> => ({
  bindsTo,
  dependsOn,
  health,
  liveness,
  onStop,
  removeWhenOver,
  restart,
  significant,
  startTimeout
})

const serviceKeys = Object.keys(ofService({}))

type Readiness<R3> = Service.Options<never, never, R3>["readiness"]

/**
 * The options of a process, and those of its service, but for `heartbeatTimeout`: a command gives no heartbeat.
 *
 * **Details**
 *
 * `R2` is what `onStop` requires, `R3` what the check of a `readiness` probe requires, and `R4` what that of a `liveness` probe
 * requires. The service requires all of them, but for `Scope`.
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
  & CommandOptions<Exclude<Readiness<R3>, "manual">>
  & OfService<ProcessError, R2, R3, R4>

/**
 * The options of a thread, and those of its service.
 *
 * **Details**
 *
 * `R2` is what `onStop` requires, `R3` what the check of a `readiness` probe requires, and `R4` what that of a `liveness` probe
 * requires. The service requires all of them, but for `Scope`.
 *
 * **Example** (A thread that is replaced when it is blocked for a second)
 *
 * ```ts
 * import type { ServiceProcess } from "effect-governor/process"
 *
 * const options: ServiceProcess.WorkerOptions = { data: { quality: 5 }, heartbeatTimeout: "1 second", significant: true }
 * console.log(options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type WorkerOptions<R2 = never, R3 = never, R4 = never> =
  & ThreadOptions<Readiness<R3>>
  & OfService<Error, R2, R3, R4>

/**
 * The options of a process of Node, and those of its service.
 *
 * **Details**
 *
 * `R2` is what `onStop` requires, `R3` what the check of a `readiness` probe requires, and `R4` what that of a `liveness` probe
 * requires. The service requires all of them, but for `Scope`.
 *
 * **Example** (A process in a folder of its own)
 *
 * ```ts
 * import type { ServiceProcess } from "effect-governor/process"
 *
 * const options: ServiceProcess.ForkedOptions = { cwd: "/tmp", execArgv: ["--max-old-space-size=512"], significant: true }
 * console.log(options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type ForkedOptions<R2 = never, R3 = never, R4 = never> =
  & ForkOptions<Readiness<R3>>
  & OfService<Error, R2, R3, R4>
