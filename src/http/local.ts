/**
 * Sockets that the command `effect-governor` finds by itself: one for each process that listens so, in a folder that only the
 * same user can read.
 */
import { lstatSync, mkdirSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"

/** The folder of the sockets of this user. */
export const localFolder = (): string => {
  const own = process.env["XDG_RUNTIME_DIR"]
  return own ? join(own, "effect-governor") : join(tmpdir(), `effect-governor-${userInfo().uid}`)
}

/** Where this process listens for the command. Throws if the folder is not there and cannot be made, or is somebody else's. */
export const localSocket = (governor: string): string => {
  const folder = localFolder()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!isOwn(folder)) throw new Error(`${folder}: expected a folder of this user that nobody else can open`)
  return join(folder, `${fileName(governor)}-${process.pid}.sock`)
}

/** Whether nobody else can put something into the folder, or look into it. The command asks the same before it trusts a socket. */
export const isOwn = (folder: string): boolean => {
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0
}

/** Short: the path of a socket has 108 bytes at the most. */
const fileName = (governor: string): string => governor.replaceAll(/[^\w.-]+/g, "-").slice(0, 30)
