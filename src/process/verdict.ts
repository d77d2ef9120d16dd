/**
 * Whether a process has ended well. Pure.
 */
import { constants } from "node:os"

/**
 * How a process ended: by itself with a code, or by a signal.
 *
 * @internal
 */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Whether the process has ended well: with code 0. One that was asked to end by a signal may also end by that signal, or with the
 * code by which a shell says so, 128 and the number of the signal.
 *
 * @internal
 */
export const hasEndedWell = ({ code, signal }: Ended, asked: NodeJS.Signals | undefined): boolean =>
  code === 0 || (asked !== undefined && (signal === asked || code === 128 + constants.signals[asked]))
