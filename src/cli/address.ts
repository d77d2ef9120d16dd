/**
 * Where the governor is: where the command line says, or at a socket that is found by itself.
 */
import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { isOwn, localFolder } from "../http/local.ts"
import { inLine } from "../operations/inWords.ts"
import { type Address, readJson } from "./client.ts"
import { exitCodes, Failed } from "./exitCodes.ts"

/** What the command line says of it. */
export interface Where {
  readonly url: string | undefined
  readonly socket: string | undefined
  readonly governor: string | undefined
  readonly token: string | undefined
  readonly readToken: string | undefined
}

const usualUrl = "http://127.0.0.1:9000"

export const addressOf = async ({ governor, readToken, socket, token, url }: Where): Promise<Address> => {
  const tokens = {
    token: token ?? (process.env["OPS_TOKEN"] || undefined),
    readToken: readToken ?? (process.env["OPS_READ_TOKEN"] || undefined)
  }
  for (const said of Object.values(tokens)) if (said !== undefined) checkToken(said)
  const given = [url, socket, governor].filter((one) => one !== undefined)
  if (given.length > 1) throw new Failed(exitCodes.usage, "expected one of --url, --socket and --governor")
  if (url !== undefined) return { url, ...tokens }
  const path = socket ?? await localSocketOf(governor, tokens)
  return path === undefined ? { url: usualUrl, ...tokens } : { socket: path, ...tokens }
}

/** What stands in a header. A file with a token often has a line break at its end. */
const checkToken = (token: string): void => {
  if (/^[\x21-\x7e]+$/.test(token)) return
  throw new Failed(exitCodes.usage, "expected a token of letters, digits and signs, without spaces and line breaks")
}

/** A governor that answers at a socket of this user. */
interface Found {
  readonly socket: string
  readonly governor: string
}

/** The socket of the only governor, or of the only one of this name. Undefined: there is none at all. */
const localSocketOf = async (
  name: string | undefined,
  tokens: Pick<Address, "token" | "readToken">
): Promise<string | undefined> => {
  const answers = await Promise.all(localSockets().map((socket) => governorAt(socket, tokens)))
  const all = answers.filter((one) => one !== undefined)
  const found = name === undefined ? all : all.filter(({ governor }) => governor === name)
  const [first, ...others] = found
  if (first !== undefined && others.length === 0) return first.socket
  if (first === undefined && name === undefined) return undefined
  const listed = all.map(({ governor, socket }) => `\n  ${inLine(governor)}  ${inLine(socket)}`).join("")
  throw new Failed(
    exitCodes.unreachable,
    first === undefined
      ? `no governor ${inLine(name!)} answers on this machine${listed}`
      : `${found.length} governors answer on this machine: choose one by --governor or --socket${listed}`
  )
}

/** A socket in a folder that others can write to could be anybody's. */
const localSockets = (): ReadonlyArray<string> => {
  const folder = localFolder()
  try {
    if (!isOwn(folder)) return []
    return readdirSync(folder).filter((file) => file.endsWith(".sock")).map((file) => join(folder, file)).filter((
      file
    ) => lstatSync(file).isSocket())
  } catch {
    return [] // nobody has ever listened there
  }
}

/** In milliseconds: a process that is busy is no reason to wait for long. */
const patience = 2000

/** Undefined: nobody listens there any more. One who does not tell the name has the name of the socket. */
const governorAt = async (
  socket: string,
  tokens: Pick<Address, "token" | "readToken">
): Promise<Found | undefined> => {
  try {
    const { governor } = await readJson<{ readonly governor: string }>({ socket, ...tokens }, "/services?limit=1", {
      patience
    })
    return { socket, governor }
  } catch (error) {
    if (error instanceof Failed && error.code === exitCodes.unreachable) return undefined
    return { socket, governor: socket.replace(/^.*\/|-\d+\.sock$/g, "") }
  }
}
