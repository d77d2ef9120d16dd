/**
 * Says that this process is ready, to process managers that wait for a line on a descriptor, or for a message.
 */
import { closeSync, fstatSync, writeSync } from "node:fs"

/** Writes one line to the descriptor and closes it, as s6 and dinit expect. Throws if the descriptor is none to write to. */
export const sayOn = (descriptor: number): void => {
  const kind = fstatSync(descriptor)
  if (!kind.isFIFO() && !kind.isSocket() && !kind.isFile()) {
    throw new Error(`descriptor ${descriptor} is neither a pipe nor a socket nor a file`) // Node has descriptors of its own
  }
  writeSync(descriptor, "\n")
  closeSync(descriptor)
}

/** What is used of a process that has a parent. */
export interface WithParent {
  readonly send?: ((message: string, done: (error: Error | null) => void) => unknown) | undefined
}

/** Sends the message that pm2 waits for with `wait_ready`. `failed` is called if the parent cannot be reached. */
export const sayToParent = (process: WithParent, failed: (error: unknown) => void): void => {
  process.send?.("ready", (error) => error && failed(error))
}
