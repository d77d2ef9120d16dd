/**
 * Socket activation: sockets that the process manager has opened, and passes to this process.
 */
import { take } from "./asked.ts"

/**
 * A socket that the process manager has opened. `name` is the `FileDescriptorName` of the socket unit; by default systemd
 * takes the name of that unit.
 *
 * **Example** (The socket of one name)
 *
 * ```ts
 * import { activated, type ActivatedSocket } from "effect-governor/node"
 *
 * const metrics: ActivatedSocket | undefined = activated().find(({ name }) => name === "metrics")
 * console.log(metrics?.fd)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ActivatedSocket {
  readonly fd: number
  readonly name: string
}

/** Descriptors begin after those for input, output and errors. */
const first = 3

/**
 * The sockets in this environment, which the variables are removed from. There are none if they are meant for another process.
 *
 * @internal
 */
export const takeActivated = (
  environment: Record<string, string | undefined>,
  pid: number
): ReadonlyArray<ActivatedSocket> => {
  const whose = take(environment, "LISTEN_PID")
  const count = Number(take(environment, "LISTEN_FDS"))
  const names = take(environment, "LISTEN_FDNAMES")?.split(":") ?? []
  if (whose !== String(pid) || !Number.isInteger(count) || count < 0) return []
  return Array.from({ length: count }, (_, i) => ({ fd: first + i, name: names[i] ?? "unknown" }))
}

let known: ReadonlyArray<ActivatedSocket> | undefined

/**
 * The sockets that systemd has opened for this process (`LISTEN_FDS`), in the order of the unit. `server.listen({ fd })`
 * takes such a socket.
 *
 * **When to use**
 *
 * To lose no connection while the program restarts: systemd keeps the socket open, and connections wait in it. And to
 * listen to a port below 1024 as an ordinary user.
 *
 * **Details**
 *
 * The list is empty if there are no such sockets, or if they are meant for another process: `LISTEN_PID` must be the number
 * of this process. The first call removes `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` from `process.env`. Later calls
 * return the same list.
 *
 * **Example** (A server that also runs without systemd)
 *
 * ```ts
 * import { activated } from "effect-governor/node"
 * import { createServer } from "node:http"
 *
 * const server = createServer((_, response) => response.end("hello"))
 * const [socket] = activated()
 * server.listen(socket ? { fd: socket.fd } : { port: 0 }, () => server.close())
 * ```
 *
 * @since 0.1.0
 * @category systemd
 */
export const activated = (): ReadonlyArray<ActivatedSocket> => known ??= takeActivated(process.env, process.pid)
