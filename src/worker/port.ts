/**
 * The way from this thread or process to its governor.
 */
import { parentPort } from "node:worker_threads"
import { type Said, type Told, unwrapping, wrapped } from "./messages.ts"

/**
 * - `say`: tells the governor
 * - `hear`: calls back with what the governor says
 * - `close`: nothing more is to be said, and the way keeps the process up no longer
 *
 * @internal
 */
export interface Port {
  readonly say: (said: Said) => void
  readonly hear: (told: (told: Told) => void) => void
  readonly close: () => void
}

/**
 * Undefined if no governor has made this thread or process.
 *
 * @internal
 */
export const portOf = (): Port | undefined => {
  if (parentPort !== null) {
    const port = parentPort
    return {
      say: (said) => port.postMessage(wrapped(said), []),
      hear: (told) => void port.on("message", unwrapping(told)),
      close: () => port.close()
    }
  }
  if (process.send === undefined) return undefined
  return {
    // A governor that is gone hears nothing.
    say: (said) => void (process.connected && process.send!(wrapped(said), undefined, undefined, () => {})),
    hear: (told) => {
      process.on("message", unwrapping(told))
      process.once("disconnect", () => told({ _tag: "Stop" })) // nobody is left who could ask for it
    },
    close: () => process.disconnect?.()
  }
}
