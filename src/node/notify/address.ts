/**
 * Addresses of unix sockets, as systemd writes them. Pure.
 */
import { endianness } from "node:os"

/** The path that the system takes: that of an abstract socket begins with a zero byte. Undefined: a socket of another kind. */
export const pathOf = (address: string): string | undefined => {
  if (address.startsWith("@") && address.length > 1) return `\0${address.slice(1)}`
  return address.startsWith("/") ? address : undefined
}

const family = 1
/** Of `sun_path` on Linux. */
const room = 108

/** The bytes of a `sockaddr_un` of Linux; undefined if the path is too long for it. The name of an abstract socket ends with it. */
export const sockaddrOf = (path: string): Buffer | undefined => {
  const bytes = Buffer.from(path.startsWith("\0") ? path : `${path}\0`)
  const head = Buffer.alloc(2)
  if (endianness() === "LE") head.writeUInt16LE(family)
  else head.writeUInt16BE(family)
  return bytes.length > room ? undefined : Buffer.concat([head, bytes])
}
