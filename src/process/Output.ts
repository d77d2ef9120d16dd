/**
 * Reads what a process writes, line by line. Nothing is lost: a process that writes faster than its lines can be logged has to
 * wait, and the memory stays as it is.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Readable } from "node:stream"
import { makeLines } from "./lines.ts"

/**
 * - `ended`: returns when nobody can write to it any more, and all lines were told
 * - `close`: reads no more
 *
 * @internal
 */
export interface Output {
  readonly ended: Effect.Effect<void>
  readonly close: () => void
}

/** @internal */
export const readLines = (stream: Readable, isPlain: boolean, onLine: (line: string) => void): Output => {
  const lines = makeLines({ isPlain })
  const ended = Deferred.makeUnsafe<void>()
  stream.on("data", (bytes: Buffer) => {
    lines.push(bytes).forEach(onLine)
    stream.pause()
    setImmediate(() => stream.resume()) // others of this process have their turn
  })
  stream.on("error", () => stream.destroy())
  stream.once("close", () => {
    lines.end().forEach(onLine)
    Deferred.doneUnsafe(ended, Exit.void)
  })
  return { ended: Deferred.await(ended), close: () => void stream.destroy() }
}
