/**
 * Tells the process manager how a governor is: systemd, s6, dinit and pm2.
 */
import * as Effect from "effect/Effect"
import { InvalidOption } from "../../GovernorError.ts"
import * as Option from "../../internal/input/GovernorOption.ts"
import { sightOf } from "../../internal/sight.ts"
import { logIn } from "../governed.ts"
import type { Target } from "../HubState.ts"
import { take, takeAsked } from "./asked.ts"
import { onceReady } from "./onceReady.ts"
import { sayOn, sayToParent } from "./readiness.ts"
import { speakToSystemd } from "./systemd.ts"

/**
 * A governor of the promise API or of the Effect API, as `notify` takes it.
 *
 * **Example** (Either governor)
 *
 * ```ts
 * import { notify, type NotifyingGovernor } from "effect-governor/node"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor: NotifyingGovernor = new Governor()
 * notify(governor)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type NotifyingGovernor =
  | { readonly whenReady: () => Promise<unknown> }
  | { readonly awaitReady: Effect.Effect<void> }

/**
 * The options of `notify`.
 *
 * **Details**
 *
 * - `status`: whether systemd gets a sentence of news, which `systemctl status` shows. Default: true
 * - `readyFd`: the descriptor that gets a newline and is closed when the services are ready: for s6 the number in the file
 *   `notification-fd`, for dinit that of `ready-notification = pipefd:`. Or the name of an environment variable with that
 *   number, as `pipevar:` of dinit has it; where the variable is not set, nothing is written. Default: none
 * - `pm2`: whether the parent process gets the message `"ready"`, for which pm2 waits with `wait_ready`. Default: true under
 *   pm2, which sets `pm_id`; otherwise false
 *
 * **Example** (For s6, with the number of the descriptor in a variable)
 *
 * ```ts
 * import { notify, type NotifyOptions } from "effect-governor/node"
 * import { Governor } from "effect-governor/promise"
 *
 * const options: NotifyOptions = { readyFd: "READY_FD" } // export READY_FD=3 in the run script
 * notify(new Governor(), options)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface NotifyOptions {
  readonly status?: boolean | undefined
  readonly readyFd?: number | string | undefined
  readonly pm2?: boolean | undefined
}

const keys = ["status", "readyFd", "pm2"]

/**
 * Tells the process manager when the services are ready, what is going on, and when they stop. Call it once, before `start`.
 *
 * **Details**
 *
 * The call does what the environment and the options ask for, and nothing where they ask for nothing. It keeps no process
 * up, and throws only `InvalidOption`. The services are ready when each service that was started has been ready or is over,
 * and one at least has not failed. If a shutdown begins before, nobody hears that they are ready.
 *
 * With `NOTIFY_SOCKET`, which systemd sets for `Type=notify`, systemd gets these messages:
 *
 * - `READY=1` when the services are ready, and `STOPPING=1` when the shutdown begins
 * - `STATUS` with a sentence of news, if it has changed, once a second at the most, and with the messages above
 * - `WATCHDOG=1` from the event loop, three times in `WatchdogSec`
 * - `EXTEND_TIMEOUT_USEC`: while services start, the rest of the longest `startTimeout`, each time that another service
 *   begins or is ready; in a shutdown, the rest of its time, each time that something has happened
 *
 * The messages are sent by `node:ffi`, which Node 26.10 has, by the package `unix-dgram` if it is installed, or by the
 * command `systemd-notify`. If there is none of these, the log says so as an error.
 *
 * `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`, and the variable that `readyFd` names, are removed from
 * `process.env`: child processes must not speak for this one.
 *
 * **Gotchas**
 *
 * Node prints an `ExperimentalWarning` when `node:ffi` is used. `node --disable-warning=ExperimentalWarning` prevents that.
 *
 * **Example** (A program of services under systemd)
 *
 * ```ts
 * import { notify } from "effect-governor/node"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor().catchSignals()
 * governor.add("hello", ({ log }) => log("hello"))
 * notify(governor)
 * governor.start()
 * await governor.waitForShutdown()
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const notify = (governor: NotifyingGovernor, options: NotifyOptions = {}): void => {
  const { pm2, readyFd, status = true } = Option.known("options", options, keys)
  const hasStatus = Option.flag("status", status)
  const isPm2 = pm2 === undefined ? process.env["pm_id"] !== undefined : Option.flag("pm2", pm2)
  const sight = sightOf(governor)
  const descriptor = readyFd === undefined ? undefined : descriptorOf(readyFd)
  const asked = takeAsked(process.env, process.pid)
  const log = logIn(sight.context)
  const calls: Array<() => void> = []
  if (asked.address !== undefined || asked.watchdog !== undefined) {
    calls.push(speakToSystemd(asked, sight, hasStatus, log))
  }
  if (descriptor !== undefined) calls.push(() => tell(descriptor, log))
  if (isPm2) {
    calls.push(() =>
      sayToParent(process, (error) => log("Warn", "the parent process did not hear that the services are ready", error))
    )
  }
  if (calls.length === 0) return
  const whenReady = () => "whenReady" in governor ? governor.whenReady() : Effect.runPromise(governor.awaitReady)
  onceReady(sight, whenReady, () => calls.forEach((call) => call()))
}

/** The number, or that in the variable, if it is set. Throws `InvalidOption`. */
const descriptorOf = (readyFd: unknown): number | undefined => {
  if (typeof readyFd !== "string") return Option.count("readyFd", readyFd, 0)
  const value = take(process.env, readyFd)
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const actual = `${readyFd}=${Option.show(value)}`
  throw new InvalidOption({
    field: "readyFd",
    expected: "the name of a variable with the number of a descriptor",
    actual
  })
}

const tell = (descriptor: number, log: Target["log"]): void => {
  try {
    sayOn(descriptor)
  } catch (error) {
    log("Error", "the process manager did not hear that the services are ready", error)
  }
}
