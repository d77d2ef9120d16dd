/**
 * Sends datagrams by the package `unix-dgram`, if the user has installed it.
 */
import type { EventEmitter } from "node:events"
import { createRequire } from "node:module"
import type { Send } from "./Post.ts"

interface Socket extends EventEmitter {
  readonly send: (bytes: Buffer, offset: number, length: number, path: string, done: (error?: Error) => void) => void
  readonly close: () => void
}

interface UnixDgram {
  readonly createSocket: (type: "unix_dgram") => Socket
}

/** Not a literal in the import: a bundler would look for the package. */
const name = "unix-dgram"

/** Undefined if the package is not there, or cannot be loaded. */
export const byPackage = (path: string): Send | undefined => {
  try {
    const { createSocket }: UnixDgram = createRequire(import.meta.url)(name)
    return sender(createSocket, path)
  } catch {
    return undefined
  }
}

/** A socket for each message, because an open one would keep the process up. */
const sender = (createSocket: UnixDgram["createSocket"], path: string): Send => (text, done) => {
  const socket = createSocket("unix_dgram")
  let isClosed = false
  const end = (error?: Error | null) => {
    if (isClosed) return
    isClosed = true
    socket.close()
    done(error ?? undefined)
  }
  socket.on("error", end) // some versions tell an error here, others where they tell the success
  const bytes = Buffer.from(text)
  socket.send(bytes, 0, bytes.length, path, end)
}
