/**
 * Sends datagrams by the functions of the C library, through `node:ffi`. That is a call of some microseconds, in this process:
 * systemd takes the message as one of the main process.
 */
import { getSystemErrorName } from "node:util"
import { sockaddrOf } from "./address.ts"
import type { Send } from "./Post.ts"

/** Of Linux. */
const unix = 1
const datagram = 2
const closeOnExec = 0o2000000
const nonBlocking = 0o4000
const noSignal = 0x4000

/** What is called of the C library. The process has it loaded, so the library needs no name: it is not the same everywhere. */
const signatures = {
  socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
  sendto: { arguments: ["i32", "buffer", "u64", "i32", "buffer", "u32"], return: "i64" },
  __errno_location: { arguments: [], return: "pointer" }
} as const

/** Undefined if this Node has no `node:ffi`, does not permit it, or does not run on Linux. */
export const byFfi = (path: string): Send | undefined => {
  const address = process.platform === "linux" ? sockaddrOf(path) : undefined
  if (address === undefined) return undefined
  try {
    const ffi = process.getBuiltinModule("node:ffi")
    const { functions: libc } = ffi.dlopen(null, signatures)
    const descriptor = libc.socket(unix, datagram | closeOnExec | nonBlocking, 0)
    if (descriptor < 0) return undefined
    return (text, done) => {
      const bytes = Buffer.from(text)
      const sent = libc.sendto(descriptor, bytes, BigInt(bytes.length), noSignal, address, address.length)
      if (sent >= 0n) return done()
      done(new Error(`sendto: ${getSystemErrorName(-ffi.getInt32(libc.__errno_location()))}`))
    }
  } catch {
    return undefined
  }
}
