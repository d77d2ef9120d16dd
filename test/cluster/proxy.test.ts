import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { startProxy } from "./proxy.ts"

/** A hang must fail, slowness must not. */
const soon = { timeout: 15_000, interval: 10 }

/** A server that answers each line, and what it has heard of its clients. */
const answering = async () => {
  const heard = { lines: "", clients: 0, gone: 0 }
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    heard.clients++
    open.add(socket)
    socket.on("data", (data) => {
      heard.lines += data.toString()
      socket.write(`${data.toString().trim()}!\n`)
    }).on("error", () => {}).on("close", () => {
      heard.gone++
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    open.forEach((socket) => socket.destroy())
    server.close()
  })
  return { heard, open, port: (server.address() as AddressInfo).port }
}

const proxied = async () => {
  const server = await answering()
  const proxy = await startProxy(server.port)
  onTestFinished(proxy.close)
  return { ...server, proxy }
}

const clientOf = (port: number) => {
  const socket = connect(port, "127.0.0.1")
  let got = ""
  socket.on("data", (data) => {
    got += data.toString()
  }).on("error", () => {})
  const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()))
  onTestFinished(() => void socket.destroy())
  return {
    closed,
    got: () => got,
    isOpen: () => !socket.destroyed,
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    send: (line: string) => void socket.write(`${line}\n`),
    says: (text: string) => expect.poll(() => got, soon).toBe(text)
  }
}

it("passes on what both sides say", async () => {
  const { heard, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  client.send("two")
  await client.says("one!\ntwo!\n")
  expect(heard.lines).toBe("one\ntwo\n")
})

it("tells each side that the other has ended", async () => {
  const { heard, open, proxy } = await proxied()
  const [leaving, left] = [clientOf(proxy.port), clientOf(proxy.port)]
  leaving.send("one")
  await leaving.says("one!\n")
  leaving.end()
  await expect.poll(() => heard.gone, soon).toBe(1)
  left.send("two")
  await left.says("two!\n")
  open.forEach((socket) => socket.destroy())
  await left.closed
})

it("cuts the connections, and lets no new one through until it is healed", async () => {
  const { heard, proxy } = await proxied()
  const before = clientOf(proxy.port)
  before.send("one")
  await before.says("one!\n")
  proxy.cut()
  await before.closed
  await expect.poll(() => heard.gone, soon).toBe(1)
  const during = clientOf(proxy.port)
  during.send("two")
  await during.closed
  expect(during.got()).toBe("")
  proxy.heal()
  const after = clientOf(proxy.port)
  after.send("three")
  await after.says("three!\n")
  expect(heard).toMatchObject({ lines: "one\nthree\n", clients: 2 })
})

it("keeps connections open while it is frozen, and passes nothing until it thaws", async () => {
  const { heard, open, port, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  proxy.freeze()
  client.send("two")
  open.forEach((socket) => socket.write("news\n"))
  const late = clientOf(proxy.port)
  late.send("three")
  // What is sent past the proxy, and answered, shows that there was time for the others.
  for (const line of ["a", "b", "c"]) {
    const beside = clientOf(port)
    beside.send(line)
    await beside.says(`${line}!\n`)
  }
  expect([client.isOpen(), client.got(), late.isOpen(), late.got()]).toEqual([true, "one!\n", true, ""])
  expect(heard).toMatchObject({ lines: "one\na\nb\nc\n", clients: 4 })
  proxy.thaw()
  await client.says("one!\nnews\ntwo!\n")
  await late.says("three!\n")
})

it("tells nobody while it is frozen that the other side has ended", async () => {
  const { heard, port, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  proxy.freeze()
  client.end()
  const beside = clientOf(port)
  beside.send("a")
  await beside.says("a!\n")
  expect(heard.gone).toBe(0)
  proxy.thaw()
  await expect.poll(() => heard.gone, soon).toBe(1)
})

it.each([false, true])("bears a reset, while it is frozen: %s", async (isFrozen) => {
  const { heard, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  if (isFrozen) proxy.freeze()
  client.reset()
  await client.closed
  if (isFrozen) proxy.thaw()
  await expect.poll(() => heard.gone, soon).toBe(1)
})

it("cuts what is frozen too", async () => {
  const { heard, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  proxy.freeze()
  proxy.cut()
  await client.closed
  await expect.poll(() => heard.gone, soon).toBe(1)
  proxy.thaw()
  proxy.heal()
  const after = clientOf(proxy.port)
  after.send("two")
  await after.says("two!\n")
})

it("ends with all its connections, and those to nobody", async () => {
  const { heard, proxy } = await proxied()
  const client = clientOf(proxy.port)
  client.send("one")
  await client.says("one!\n")
  await proxy.close()
  await client.closed
  await expect.poll(() => heard.gone, soon).toBe(1)
  const refused = clientOf(proxy.port)
  await refused.closed
})

it("ends the connections to a server that is not there", async () => {
  const proxy = await startProxy(1)
  onTestFinished(proxy.close)
  await clientOf(proxy.port).closed
})
