/** A network between two processes that may break. */
import { once } from "node:events"
import { type AddressInfo, createServer, Socket } from "node:net"

export interface Proxy {
  /** Who connects here is connected to the target. */
  readonly port: number
  /** Ends all connections, and from now on each new one at once: the other side is known to be gone. */
  readonly cut: () => void
  readonly heal: () => void
  /**
   * From now on no byte gets through and no end, and all connections stay open: a network that is silently gone. A new
   * connection is accepted, and does not reach the target.
   */
  readonly freeze: () => void
  /** What was sent in the meantime arrives now, as TCP sends again what nobody has confirmed. */
  readonly thaw: () => void
  readonly close: () => Promise<void>
}

/** The two ends of one connection. */
interface Pair {
  readonly client: Socket
  readonly target: Socket
}

export const startProxy = async (targetPort: number): Promise<Proxy> => {
  const pairs = new Set<Pair>()
  let [isCut, isFrozen] = [false, false]
  const server = createServer({ pauseOnConnect: true }, (client) => {
    if (isCut) return void client.resetAndDestroy()
    const pair = { client, target: new Socket() }
    pairs.add(pair)
    for (const [from, to] of [[client, pair.target], [pair.target, client]] as const) {
      from.on("error", () => {}) // `close` follows
      from.on("close", () => {
        if (!isFrozen) end(pair)
      })
      to.setNoDelay()
    }
    if (!isFrozen) join(pair, targetPort)
  })
  const end = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.target.destroy()
  }
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true
      pairs.forEach(({ client, target }) => {
        client.resetAndDestroy()
        target.resetAndDestroy()
      })
      pairs.clear()
    },
    heal: () => void (isCut = false),
    freeze: () => {
      isFrozen = true
      pairs.forEach(part)
    },
    thaw: () => {
      isFrozen = false
      pairs.forEach((pair) => pair.client.destroyed || pair.target.destroyed ? end(pair) : join(pair, targetPort))
    },
    close: async () => {
      pairs.forEach(end)
      if (!server.listening) return
      server.close()
      await once(server, "close")
    }
  }
}

const join = ({ client, target }: Pair, port: number): void => {
  if (target.pending && !target.connecting) target.connect(port, "127.0.0.1")
  client.pipe(target)
  target.pipe(client)
}

const part = ({ client, target }: Pair): void => {
  client.unpipe(target).pause()
  target.unpipe(client).pause()
}
