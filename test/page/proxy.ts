/** A network between the page and the governor that may fall silent. */
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { onTestFinished } from "vitest"

export interface Proxy {
  readonly url: string
  /** From now on nothing gets through, and no connection is closed. */
  readonly freeze: () => void
  readonly thaw: () => void
}

export const proxy = async (url: string): Promise<Proxy> => {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on("data", (data) => {
      if (!isFrozen) to.write(data)
    })
    from.on("error", () => {}).on("close", () => {
      sockets.delete(from)
      if (!isFrozen) to.destroy()
    })
  }
  const server = createServer((client) => {
    const governor = connect(Number(new URL(url).port), "127.0.0.1")
    join(client, governor)
    join(governor, client)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy())
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    freeze: () => void (isFrozen = true),
    thaw: () => void (isFrozen = false)
  }
}
