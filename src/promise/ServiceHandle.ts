/**
 * The handle of one service.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { CommandTimedOut, GovernorClosed, UnknownService } from "../GovernorError.ts"
import { fromServiceReport, fromStatus } from "../internal/bridge/plain.ts"
import type { Governed } from "../internal/govern.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { ServiceStatus as CoreStatus } from "../ServiceStatus.ts"
import type { ServiceReport, ServiceStatus } from "./plain.ts"
import type { Running } from "./Running.ts"

/**
 * The handle of a service. Its commands may come from anywhere at any time, and the latest command wins.
 *
 * **Details**
 *
 * In a shutdown, `stop` and `remove` resolve at once, and `start` and `restart` reject with `GovernorClosed`. While an
 * abandoned run has not settled, `start`, `restart` and `remove` reject with `RunAbandoned`.
 *
 * The `timeout` of a command is the time for which its caller waits. When it is over, the promise rejects with
 * `CommandTimedOut`, and the command itself goes on. Default: no limit.
 *
 * **Example** (Restarting a service by hand)
 *
 * ```ts
 * import { Governor, type ServiceHandle } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("feed", ({ sleep }) => sleep("Infinity"))
 * governor.start()
 * await governor.whenReady()
 *
 * const feed: ServiceHandle = governor.get("feed")
 * await feed.restart()
 * console.log(feed.status().run) // 2
 * await feed.stop()
 * console.log(feed.status()._tag) // Stopped
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceHandle {
  readonly name: string
  /** The status of the service. */
  status(): ServiceStatus
  /**
   * Starts the service and its dependencies that are not up. Resolves when the run has begun, or waits for its
   * dependencies. Rejects with `InvalidOption` if a dependency is missing, and with `UnknownService` if the service was
   * removed.
   */
  start(options?: CommandOptions): Promise<void>
  /** Stops the service. Resolves when the run has settled or was abandoned. Services that depend on it go on. */
  stop(options?: CommandOptions): Promise<void>
  /** Stops the service if it runs, and starts it. Resolves when the next run has begun. Rejects as `start` does. */
  restart(options?: CommandOptions): Promise<void>
  /**
   * Stops the service and removes it, which frees its name. Resolves as `stop` does. Rejects with `ServiceInUse` if
   * other services depend on it.
   */
  remove(options?: CommandOptions): Promise<void>
  /**
   * Resolves with true once the service does its work, or has completed; with false once it is over in any other way,
   * and at once if it was never started. Never rejects.
   */
  whenReady(): Promise<boolean>
  /** Resolves with how the service ended, once it has no run and shall not have one. Never rejects. */
  whenOver(): Promise<ServiceReport>
}

interface CommandOptions {
  readonly timeout?: Duration.Input | undefined
}

type Handle = Effect.Success<ReturnType<Governed["get"]>>

/** A handle of the core. @internal */
export type CoreHandle = {
  readonly [Member in Exclude<keyof Handle, "begin" | "release" | "claim" | "follow">]: Handle[Member]
}

type Command = CommandTimedOut["command"]

/** The core's handle as promises. `heed` is called before each command. @internal */
export const fromCore = (handle: CoreHandle, running: Running, heed: () => void): ServiceHandle => {
  const { name: service } = handle
  const command = (command: Command) => async (options: CommandOptions = {}): Promise<void> => {
    const { timeout } = Option.known("options", options, ["timeout"], service)
    heed()
    if (timeout === undefined) return running.promise<void, unknown>(handle[command])
    const afterMillis = Option.timeoutMillis("timeout", timeout, service)
    return running.within<void, unknown>(handle[command], afterMillis, () => {
      throw new CommandTimedOut({ service, command, afterMillis, state: handle.state() })
    })
  }
  return {
    name: service,
    status: () => fromStatus(running.now(handle.status)),
    start: command("start"),
    stop: command("stop"),
    restart: command("restart"),
    remove: command("remove"),
    whenReady: () => running.promise(handle.awaitReady),
    whenOver: () => running.promise(handle.awaitOver).then(fromServiceReport)
  }
}

/**
 * The handle of a service that its governor does not have, because it came after the shutdown had begun or was removed.
 *
 * @internal
 */
export const ofNone = (name: string, isClosed: boolean): CoreHandle => {
  const refused = isClosed ? new GovernorClosed({ service: name }) : new UnknownService({ service: name, known: [] })
  const begin = Effect.suspend(() => Effect.fail(refused))
  return {
    name,
    status: Effect.map(
      Clock.currentTimeMillis,
      (since): CoreStatus<never> => ({ _tag: "Pending", name, run: 0, restarts: 0, crashes: 0, since })
    ),
    state: () => "Pending",
    start: begin,
    stop: Effect.void,
    restart: begin,
    remove: Effect.void,
    awaitReady: Effect.succeed(false),
    awaitOver: Effect.succeed({ name, outcome: "Stopped", duration: 0 })
  }
}
