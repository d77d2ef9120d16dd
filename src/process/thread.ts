/**
 * The thread of one run.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Worker } from "node:worker_threads"
import { unwrapping, wrapped } from "../worker/messages.ts"
import type { Host } from "./Host.ts"
import { ProcessFailed } from "./ProcessError.ts"
import type { RunOf } from "./spawn.ts"
import type { ThreadSpec } from "./ThreadOptions.ts"

/** @internal */
export const startThread = ({ options, path }: ThreadSpec, of: RunOf): Effect.Effect<Host> =>
  Effect.sync(() => {
    const gone: Host["gone"] = Deferred.makeUnsafe()
    const worker = new Worker(path, options)
    let error: unknown
    worker.on("error", (thrown) => {
      error = thrown
    })
    worker.once("exit", (code) => {
      const failed = () =>
        new ProcessFailed({ ...of, program: String(path), code, signal: null, stderr: ["its work was not done"] })
      Deferred.doneUnsafe(gone, Exit.succeed({ error: error ?? failed(), isClean: code === 0 && error === undefined }))
    })
    return {
      gone,
      tell: (told) => worker.postMessage(wrapped(told), []),
      hear: (said) => void worker.on("message", unwrapping(said)),
      kill: () => void worker.terminate(),
      leave: Effect.andThen(Effect.sync(() => void worker.terminate()), Effect.asVoid(Deferred.await(gone)))
    }
  })
