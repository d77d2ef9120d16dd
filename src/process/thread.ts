/**
 * The thread of one run.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { Worker } from "node:worker_threads"
import type { TellProcess } from "../ServiceRun.ts"
import { unwrapping, wrapped } from "../worker/messages.ts"
import type { Host } from "./Host.ts"
import type { ThreadSpec } from "./ThreadOptions.ts"

/** @internal */
export const startThread = (
  { options, path }: ThreadSpec,
  tell: TellProcess | undefined
): Effect.Effect<Host> =>
  Effect.sync(() => {
    const gone: Host["gone"] = Deferred.makeUnsafe()
    const worker = new Worker(path, options)
    const { threadId: thread } = worker
    tell?.("ProcessStarted", { thread })
    let error: unknown
    let isDone = false // terminated then, with code 1, though nothing has failed
    worker.on("error", (thrown) => {
      error = thrown
    })
    worker.once("exit", (code) => {
      tell?.("ProcessEnded", { code: isDone ? 0 : code })
      Deferred.doneUnsafe(
        gone,
        Exit.succeed({ error, code, signal: null, stderr: [], isClean: code === 0 && error === undefined })
      )
    })
    return {
      gone,
      memory: Effect.map(Effect.option(Effect.tryPromise(() => worker.getHeapStatistics())), heapOf),
      tell: (told) => worker.postMessage(wrapped(told), []),
      askToEnd: (kill) => kill(),
      hear: (said) => void worker.on("message", unwrapping(said)),
      heard: new Int32Array(new SharedArrayBuffer(4)),
      isIdle: () => isIdle(worker),
      kill: () => void worker.terminate(),
      leave: Effect.suspend(() => {
        isDone = true
        void worker.terminate()
        return Effect.asVoid(Deferred.await(gone))
      })
    }
  })

/** A thread that has ended tells nothing. */
const heapOf = (statistics: Option.Option<{ readonly used_heap_size: number }>): number | undefined =>
  Option.getOrUndefined(statistics)?.used_heap_size

/** The time for which a loop has waited for events grows while it waits, so the second look sees more of it. */
const isIdle = ({ performance }: Worker): boolean => {
  const { idle } = performance.eventLoopUtilization()
  return performance.eventLoopUtilization().idle > idle
}
