/**
 * How much memory a run takes, and how much it may take.
 */
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"

/**
 * An amount of memory: a number of bytes, or a text such as `"512 MiB"`.
 *
 * **Details**
 *
 * A KiB has 1,024 bytes, a MiB 1,024 KiB, a GiB 1,024 MiB.
 *
 * **Example** (A limit)
 *
 * ```ts
 * import { command, type MemoryInput } from "effect-governor/process"
 *
 * const limit: MemoryInput = "512 MiB"
 * console.log(typeof command("redis-server", [], { maxMemory: limit })) // object
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type MemoryInput = number | `${number} ${"KiB" | "MiB" | "GiB"}`

const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** @internal */
export const checkMemory = (input: unknown, service: string | undefined): number | undefined => {
  if (input === undefined) return undefined
  const [, count, unit = ""] = typeof input === "string" ? /^(\d+(?:\.\d+)?) (KiB|MiB|GiB)$/.exec(input) ?? [] : []
  const bytes = count === undefined ? input : Number(count) * units[unit]!
  if (typeof bytes === "number" && bytes > 0 && Number.isFinite(bytes)) return bytes
  const expected = "a number of bytes above 0, or a text such as \"512 MiB\""
  throw new InvalidOption({ service, field: "maxMemory", expected, actual: Option.show(input) })
}

/**
 * As `checkMemory`, for a process. Its memory can be read only where the system tells it.
 *
 * @internal
 */
export const checkResident = (input: unknown, service: string | undefined): number | undefined => {
  const bytes = checkMemory(input, service)
  if (bytes === undefined || existsSync("/proc/self/status")) return bytes
  const expected = "nothing, on a system without /proc"
  throw new InvalidOption({ service, field: "maxMemory", expected, actual: Option.show(input) })
}

/**
 * What is resident of a process, in bytes; undefined if the system does not tell, or the process is gone.
 *
 * @internal
 */
export const residentOf = (pid: number): Effect.Effect<number | undefined> =>
  Effect.sync(() => {
    try {
      const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? []
      return kib === undefined ? undefined : Number(kib) * 1024
    } catch {
      return undefined
    }
  })

/**
 * What is known from the checks so far.
 *
 * - `told`: what was told last, in bytes
 * - `over`: how many of the last checks in a row found more than the limit
 *
 * @internal
 */
export interface Checked {
  readonly told: number | undefined
  readonly over: number
}

/** @internal */
export const unchecked: Checked = { told: undefined, over: 0 }

/** How many checks in a row have to find too much: a peak is no leak. */
const enough = 3

/** By which part the memory has to change until that is told. */
const change = 0.1

/**
 * What follows from a check.
 *
 * @internal
 */
export const afterCheck = (
  { over, told }: Checked,
  bytes: number,
  maxMemory = Infinity
): Checked & { readonly tells: boolean; readonly isTooMuch: boolean } => {
  const inRow = bytes > maxMemory ? over + 1 : 0
  const isTooMuch = inRow >= enough
  const tells = isTooMuch || told === undefined || Math.abs(bytes - told) >= change * told
  return { told: tells ? bytes : told, over: inRow, tells, isTooMuch }
}
