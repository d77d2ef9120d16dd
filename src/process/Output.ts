/**
 * Reads what a process writes, line by line. Nothing is lost: a process that writes faster than its lines can be logged has to
 * wait, and the memory stays as it is.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Readable } from "node:stream"
import { makeLines } from "./lines.ts"

/**
 * - `silent`: returns when nobody can write to it any more and all lines were told, or when nothing has come for a while: another
 *   process may keep the output open
 * - `close`: reads no more
 *
 * @internal
 */
export interface Output {
  readonly silent: Effect.Effect<void>
  readonly close: () => void
}

/** How long nothing must come until the output counts as silent. */
const quiet = "200 millis"

/** What has come while this program did something else is read in the next turns of its event loop. */
const turns = Effect.callback<void>((resume) => void setImmediate(() => setImmediate(() => resume(Effect.void))))

/** @internal */
export const readLines = (stream: Readable, isPlain: boolean, onLine: (line: string) => void): Output => {
  const lines = makeLines({ isPlain })
  const ended = Deferred.makeUnsafe<void>()
  let pieces = 0
  stream.on("data", (bytes: Buffer) => {
    pieces++
    lines.push(bytes).forEach(onLine)
    stream.pause()
    setImmediate(() => stream.resume()) // others of this process have their turn
  })
  stream.on("error", () => stream.destroy())
  stream.once("close", () => {
    lines.end().forEach(onLine)
    Deferred.doneUnsafe(ended, Exit.void)
  })
  const silent = Effect.gen(function*() {
    for (let before = -1; before !== pieces;) {
      before = pieces
      if (Option.isSome(yield* Effect.timeoutOption(Deferred.await(ended), quiet))) return
      yield* turns
    }
  })
  return { silent, close: () => void stream.destroy() }
}
