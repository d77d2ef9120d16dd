/**
 * The way from this thread or process to its governor.
 */
import { parentPort } from "node:worker_threads"
import { type Said, type Told, unwrapping, wrapped } from "./messages.ts"
import { toThere } from "./thrown.ts"

/**
 * - `say`: tells the governor
 * - `hear`: calls back with what the governor says
 * - `written`: returns when nothing is left to be written to the outputs
 * - `close`: nothing more is to be said. When all was sent, the thread or process ends, whatever else keeps it up
 *
 * @internal
 */
export interface Port {
  readonly say: (said: Said) => void
  readonly hear: (told: (told: Told) => void) => void
  readonly written: () => Promise<void>
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
      written, // one that is terminated loses what its process has not taken yet
      close: () => port.close()
    }
  }
  return process.send === undefined ? undefined : channel()
}

/** The channel of a process. An exit throws away what was not sent yet, so the process leaves when all was sent. */
const channel = (): Port => {
  let sending = 0
  let isClosing = false
  const leave = () => {
    if (isClosing && sending === 0) process.exit()
  }
  const sent = () => {
    sending--
    leave()
  }
  const say = (said: Said) => {
    if (!process.connected) return // a governor that is gone hears nothing
    sending++
    process.send!(wrapped(said), undefined, undefined, sent)
  }
  process.on("uncaughtExceptionMonitor", (error) => {
    if (isFatal()) say({ _tag: "Uncaught", failure: toThere(error) })
  })
  return {
    say,
    hear: (told) => {
      process.on("message", unwrapping(told))
      process.once("disconnect", () => told({ _tag: "Stop" })) // nobody is left who could ask for it
    },
    written,
    close: () => {
      isClosing = true
      leave()
    }
  }
}

/** Whether an error that nobody has caught ends the process. A thread tells such an error by itself. */
const isFatal = (): boolean =>
  process.listenerCount("uncaughtException") === 0 && !process.hasUncaughtExceptionCaptureCallback()

const written = async (): Promise<void> => {
  await Promise.all([process.stdout, process.stderr].map(isWritten))
}

const isWritten = (output: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => output.writableLength === 0 ? resolve() : void output.write("", () => resolve()))
