/**
 * A listener of its own: it answers before the first service has begun, and until the shutdown is complete.
 */
import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import { chmod, lstat, unlink } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { connect } from "node:net"
import { isMainThread } from "node:worker_threads"
import { InvalidOption } from "../GovernorError.ts"
import * as Option from "../internal/input/GovernorOption.ts"
import type { Sight } from "../internal/sight.ts"
import type { Desk } from "./Desk.ts"
import type { Doorway } from "./exchange.ts"
import { isLoopback } from "./guard.ts"
import { localSocket } from "./local.ts"
import { respond } from "./node.ts"
import { listenKeys, type ListenOptions } from "./options.ts"
import { answer } from "./routes.ts"

/** Where to listen: a port of a host, or a socket of this machine. */
type Where =
  | { readonly _tag: "Port"; readonly port: number; readonly host: string }
  | { readonly _tag: "Socket"; readonly path: string }

/** Throws `InvalidOption`, and what the file system says of the folder of local sockets. */
const whereOf = (governor: string, { host, local, port, socketPath }: ListenOptions): Where => {
  if (local !== undefined && Option.flag("local", local)) {
    const other = port ?? host ?? socketPath
    if (other === undefined) return { _tag: "Socket", path: localSocket(governor) }
    throw new InvalidOption({
      field: "local",
      expected: "no port, no host and no socketPath beside it",
      actual: Option.show(other)
    })
  }
  if (socketPath !== undefined) {
    if (port !== undefined || host !== undefined) {
      throw new InvalidOption({
        field: "socketPath",
        expected: "no port and no host beside it",
        actual: Option.show(port ?? host)
      })
    }
    return { _tag: "Socket", path: textOf("socketPath", socketPath) }
  }
  const isPort = Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65_535
  if (port !== undefined && !isPort) {
    throw new InvalidOption({ field: "port", expected: "a port from 0 to 65535", actual: Option.show(port) })
  }
  return { _tag: "Port", port: port ?? 0, host: host === undefined ? "127.0.0.1" : textOf("host", host) }
}

const textOf = (field: string, value: unknown): string => {
  if (typeof value === "string" && value !== "") return value
  throw new InvalidOption({ field, expected: "a text that is not empty", actual: Option.show(value) })
}

/** Only who is on this machine comes through such a door. */
const doorwayOf = (where: Where): Doorway => ({
  isLocal: where._tag === "Socket" || isLoopback(where.host),
  checksHost: where._tag === "Port"
})

/**
 * A listener of its own.
 *
 * **Details**
 *
 * - `url`: where to ask: `http://127.0.0.1:9000`, or `unix:` and the path of the socket
 * - `close`: closes it before the governor is over. Resolves when everybody has his answer
 *
 * **Example** (Printing where to look)
 *
 * ```ts
 * import { type Listening, operations } from "effect-governor/http"
 * import { Governor } from "effect-governor/promise"
 *
 * const listening: Listening = await operations(new Governor()).listen()
 * console.log(listening.url.replace(/\\d+$/, "…")) // http://127.0.0.1:…
 * await listening.close()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Listening {
  readonly url: string
  readonly close: () => Promise<void>
}

/** How long a question may take to come, in milliseconds: it is a few hundred bytes. */
const requestTimeout = 10_000
/** How long a client may take to read its last answer, in milliseconds. */
const grace = 1000

/** Listens for a desk. Rejects if nothing can listen there, and with `InvalidOption`. @internal */
export const listen = async (desk: Desk, options: ListenOptions = {}): Promise<Listening> => {
  const where = whereOf(desk.sight.name, Option.known("options", options, listenKeys))
  const doorway = doorwayOf(where)
  const server = createServer({ requestTimeout }, (request, response) => {
    response.shouldKeepAlive &&= !desk.sight.isClosed()
    respond((question) => answer(desk, question), doorway, request, response)
  })
  return open(server, where, desk.sight)
}

/** Listens until the governor is over. The server keeps no process up. */
const open = async (server: Server, where: Where, sight: Sight): Promise<Listening> => {
  server.on("connection", (socket) => socket.unref())
  await bind(server, where)
  server.unref()
  const forget = where._tag === "Socket" ? removeAtExit(where.path) : () => {}
  let closed: Promise<void> | undefined
  const close = () => closed ??= end(server).finally(forget)
  Effect.runForkWith(sight.context)(sight.closed).addObserver(() => void close())
  return { url: urlOf(server, where), close }
}

const bind = async (server: Server, where: Where): Promise<void> => {
  try {
    await tryToBind(server, where)
  } catch (error) {
    if (where._tag === "Port" || !(await isLeftBehind(where.path))) throw error
    await unlink(where.path)
    await tryToBind(server, where)
  }
  if (where._tag === "Socket") await chmod(where.path, 0o600)
}

const tryToBind = (server: Server, where: Where): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    const bound = () => {
      server.off("error", reject)
      resolve()
    }
    if (where._tag === "Port") return void server.listen(where, bound)
    // The socket is private from the beginning on: between two steps anybody could connect. Threads have no mask of their own.
    const mask = isMainThread ? process.umask(0o177) : undefined
    server.listen(where.path, bound)
    if (mask !== undefined) process.umask(mask)
  })

/** Whether nobody listens to this socket any more: the process has gone that did. */
const isLeftBehind = async (path: string): Promise<boolean> => {
  if (!(await lstat(path)).isSocket()) return false
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once("connect", () => resolve((socket.destroy(), false)))
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"))
  })
}

/** A process that ends without a shutdown leaves no socket behind either. */
const removeAtExit = (path: string): () => void => {
  const remove = () => rmSync(path, { force: true })
  process.once("exit", remove)
  return () => void process.off("exit", remove)
}

/** Lets those have their answers who have asked. */
const end = async (server: Server): Promise<void> => {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), grace)
  timer.unref()
  await closed
  clearTimeout(timer)
}

const urlOf = (server: Server, where: Where): string => {
  const address = server.address()
  if (where._tag === "Socket" || address === null || typeof address === "string") {
    return `unix:${where._tag === "Socket" ? where.path : ""}`
  }
  return `http://${where.host.includes(":") ? `[${where.host}]` : where.host}:${address.port}`
}
