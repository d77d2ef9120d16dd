/**
 * The options of both doors, and the desk that follows from them.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Sight } from "../internal/sight.ts"
import { budget } from "../operations/budget.ts"
import { type Desk, viewOf } from "./Desk.ts"
import { type Guard, nameOf, tokenOf } from "./guard.ts"
import { Kept } from "./Kept.ts"

/**
 * The options of `operations`.
 *
 * **Details**
 *
 * - `tokens`: `read` is needed to read the details, `control` to give commands. Without `read` the details are open to
 *   this machine, and nobody else gets them. Without `control` there are no commands
 * - `hosts`: which names the header `Host` may have, beside IP addresses and `localhost`. A question for another name is
 *   refused: a page of another site could give its name the address of this machine
 * - `drainDelay`: how long the services go on when a shutdown begins, before they are asked to end. `/readyz` is red from
 *   the beginning on, so those who send requests have time to notice. It is a part of the `shutdownTimeout`, and takes
 *   half of that at the most. Default: none
 * - `keep`: how many of the latest events, and of the latest log lines, are kept. Default: 2,000
 * - `unreadyAfter`: how long something that is required may be not ready before `/readyz` is red, if that was green.
 *   Default: no time
 *
 * **Example** (A port that only this machine reaches, and commands)
 *
 * ```ts
 * import { operations, type OperationsOptions } from "effect-governor/http"
 * import { Governor } from "effect-governor/promise"
 *
 * const options: OperationsOptions = { tokens: { control: "a-long-secret" }, drainDelay: "100 millis" }
 *
 * const governor = new Governor()
 * governor.add("clock", ({ sleep }) => sleep("Infinity"))
 * const { url } = await operations(governor, options).listen()
 * governor.start()
 *
 * const headers = { authorization: "Bearer a-long-secret" }
 * const answer = await fetch(`${url}/services/clock/restart?wait=5s`, { method: "POST", headers })
 * console.log(answer.status, (await answer.json()).service.run) // 200 2
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationsOptions {
  readonly tokens?: { readonly read?: string | undefined; readonly control?: string | undefined } | undefined
  readonly hosts?: ReadonlyArray<string> | undefined
  readonly drainDelay?: Duration.Input | undefined
  readonly keep?: number | undefined
  readonly unreadyAfter?: Duration.Input | undefined
}

/** @internal */
export const keys = ["tokens", "hosts", "drainDelay", "keep", "unreadyAfter"]
/** @internal */
export const listenKeys = ["port", "host", "socketPath", "local"]

/**
 * Where to listen.
 *
 * **Details**
 *
 * - `port`: default 0, a port that is free
 * - `host`: default `"127.0.0.1"`, which only this machine reaches
 * - `socketPath`: a Unix socket in place of both, which only the same user can open
 * - `local`: `true` for such a socket at a place where the command `effect-governor` finds it by itself: in
 *   `$XDG_RUNTIME_DIR/effect-governor`, or in a folder of this user beside the temporary files
 *
 * **Example** (A socket for the tools of this machine)
 *
 * ```ts
 * import { type ListenOptions, operations } from "effect-governor/http"
 * import { Governor } from "effect-governor/promise"
 * import { tmpdir } from "node:os"
 * import { join } from "node:path"
 *
 * const where: ListenOptions = { socketPath: join(tmpdir(), `clock-${process.pid}.sock`) }
 * const { close, url } = await operations(new Governor()).listen(where)
 * console.log(url.startsWith("unix:")) // true
 * await close()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenOptions {
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly socketPath?: string | undefined
  readonly local?: boolean | undefined
}

// --- from options to a desk ---

const usualKeep = 2000

/** Throws `InvalidOption`. @internal */
export const deskOf = (sight: Sight, options: OperationsOptions): Desk => {
  const { drainDelay, hosts, keep, tokens, unreadyAfter } = Option.known("options", options, keys)
  const size = keep === undefined ? usualKeep : Option.count("keep", keep, 1)
  const desk: Desk = {
    sight,
    kept: sight.shared(() => new Kept(sight, size)),
    guard: guardOf(tokens, hosts),
    unreadyAfter: unreadyAfter === undefined ? 0 : Option.durationMillis("unreadyAfter", unreadyAfter),
    memory: { latest: undefined, isGreen: false, unreadySince: undefined, hasBeenReady: false }
  }
  desk.kept.grow(size)
  if (drainDelay !== undefined) drain(sight, Option.durationMillis("drainDelay", drainDelay))
  warnOnce(desk)
  return desk
}

const guardOf = (tokens: OperationsOptions["tokens"] = {}, hosts: OperationsOptions["hosts"]): Guard => {
  const { control, read } = Option.known("tokens", tokens, ["read", "control"])
  return {
    read: read === undefined ? undefined : tokenOf(secret("tokens.read", read)),
    control: control === undefined ? undefined : tokenOf(secret("tokens.control", control)),
    hosts: hosts === undefined ? undefined : new Set(Option.names("hosts", hosts).map(nameOf))
  }
}

/** A token is what stands behind `Bearer`. What came is not shown, because it may be a secret. */
const secret = (field: string, token: unknown): string => {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token
  throw new InvalidOption({ field, expected: "letters, digits and signs, without spaces", actual: typeof token })
}

const drain = (sight: Sight, millis: number): void => {
  const timeout = sight.shutdownTimeout()
  if (millis < timeout) return sight.drainFor(millis)
  const expected = `less than the shutdownTimeout, which is ${timeout} ms`
  throw new InvalidOption({ field: "drainDelay", expected, actual: `${millis} ms` })
}

/** Warns if the times of a shutdown do not fit together. When the first service begins, all of them are known. */
const warnOnce = (desk: Desk): void => {
  const unlisten = desk.sight.listen(({ _tag }) => {
    if (_tag !== "ServiceStarting") return
    unlisten()
    setImmediate(() => warn(desk))
  })
}

const warn = (desk: Desk): void => {
  for (const sentence of budget(viewOf(desk))) Effect.runForkWith(desk.sight.context)(Effect.logWarning(sentence))
}
