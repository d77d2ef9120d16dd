/**
 * The uptime monitor in operation, as a real process under load: services crash, hang and restart, somebody follows the events
 * over connections that are cut, and the process gets SIGTERM.
 */
import { once } from "node:events"
import * as Http from "node:http"
import * as Net from "node:net"
import { setImmediate } from "node:timers/promises"
import { expect, it, onTestFinished } from "vitest"
import { byTcp, Follower, inOrder } from "../http/following.ts"
import { operationsOf, pageOf, startMonitor } from "./monitor.ts"

/** Takes the reports, refuses them, or leaves them without an answer. */
const upstream = async () => {
  let mood: "takes" | "refuses" | "hangs" = "refuses"
  const server = Http.createServer((request, response) => {
    request.resume()
    if (mood !== "hangs") response.writeHead(mood === "takes" ? 200 : 503).end()
  }).listen(0, "127.0.0.1")
  onTestFinished(() => (server.closeAllConnections(), void server.close()))
  await once(server, "listening")
  const turn = (to: typeof mood) => {
    mood = to
    if (to !== "hangs") server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}/`, turn }
}

/** The status of an answer that is whole, on a connection of its own; otherwise the code of the error. */
const ask = async (url: string): Promise<number | string> => {
  try {
    const request = Http.get(url, { agent: false })
    const [response] = await once(request, "response") as [Http.IncomingMessage]
    await once(response.resume(), "end")
    return response.statusCode!
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

/** What happened, in the order in which it was seen. */
type Seen = Array<readonly [what: "page" | "readyz" | "livez", status: number | string]>

/** Asks one question after the other until somebody says that it is enough, or nobody is there. */
const load = async (seen: Seen, what: Seen[number][0], url: string, isEnough: (status: number | string) => boolean) => {
  for (;;) {
    const status = await ask(url)
    seen.push([what, status])
    if (isEnough(status)) return
  }
}

/** A connection on which the page was asked once, and half of a second question has come. */
const halfAsked = async (url: string) => {
  const socket = Net.connect(Number(new URL(url).port), "localhost").setEncoding("utf8")
  let answers = ""
  socket.on("data", (part: string) => {
    answers += part
  })
  const head = "GET / HTTP/1.1\r\nhost: localhost\r\n"
  socket.write(`${head}\r\n${head}`) // at once, so that who has answered the one has seen the other
  await once(socket, "data")
  const finish = async () => {
    socket.write("connection: close\r\n\r\n")
    await once(socket, "close")
    return answers
  }
  return { finish }
}

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await setImmediate()
}

it("loses no event and no request while services crash, hang and restart, and is red before it refuses anybody", async () => {
  const reports = await upstream()
  const monitor = startMonitor("uptime", {
    OPS_TOKEN: "secret",
    REPORT_URL: reports.url,
    DRAIN_DELAY: "500 millis",
    INTERVAL: "20 millis"
  })
  const [operations, page] = [await operationsOf(monitor), await pageOf(monitor)]
  const [first, second] = [new Follower(byTcp(operations)), new Follower(byTcp(operations))]
  const post = async (path: string) => {
    const headers = { authorization: "Bearer secret" }
    const response = await fetch(`${operations}${path}?wait=10s`, { method: "POST", headers })
    return [response.status, (await response.json()).service?._tag]
  }
  /** Each has put together what the governor says of the same number itself. */
  const agree = async (...followers: ReadonlyArray<Follower>) => {
    for (;;) {
      const { sequence, services } = await (await fetch(`${operations}/services`)).json()
      await Promise.all(followers.map((follower) => follower.caughtUp(sequence)))
      if (followers.some(({ state }) => state.sequence !== sequence)) continue // something has happened meanwhile
      for (const { state } of followers) expect(inOrder(state.services)).toBe(inOrder(services))
      return
    }
  }
  const heard = (name: string, is: (status: Follower["state"]["services"][number]) => boolean) =>
    until(() => first.state.services.some((status) => status.name === name && is(status)))

  // The followers are there, and so is the load.
  expect(await first.connect()).toBe(200)
  expect(await second.connect()).toBe(200)
  const seen: Seen = []
  const isGone = (status: number | string) => typeof status === "string"
  const asked = [
    ...Array.from({ length: 4 }, () => load(seen, "page", page, isGone)),
    load(seen, "readyz", `${operations}/readyz`, isGone),
    load(seen, "livez", `${operations}/livez`, isGone)
  ]

  // The reporter crashes, and each time the second follower loses its connection and comes back.
  for (const crashes of [1, 2]) {
    await heard("reporter", (status) => status.crashes >= crashes)
    await agree(first, second)
    second.cut()
    expect(await post("/services/reporter/restart")).toEqual([200, "Running"])
    expect(await second.connect(second.lastId)).toBe(200)
    await agree(second)
    expect(second.begun).toEqual([]) // nothing had to be told again
    expect(second.heard).toBeGreaterThan(0)
  }

  // It hangs in its report, and is restarted by hand; then the reports are taken.
  reports.turn("hangs")
  expect(await post("/services/reporter/restart")).toEqual([200, "Running"])
  reports.turn("takes")
  expect(await post("/services/reporter/restart")).toEqual([200, "Running"])
  await monitor.printed(/\[reporter\] reported/)
  expect(await post("/services/store/restart")).toEqual([200, "Running"])
  expect(seen.filter(([what, status]) => what !== "readyz" && status !== 200)).toEqual([])

  expect(await post("/services/checker/stop")).toEqual([200, "Stopped"])
  expect(await post("/services/checker/start")).toEqual([200, "Running"])
  await agree(first, second)

  // The process is asked to leave, and has to wait for one who has begun to ask the page.
  const half = await halfAsked(page)
  const before = seen.length
  monitor.kill("SIGTERM")
  await until(() => seen.some(([what, status]) => what === "page" && isGone(status)))
  expect(await ask(`${operations}/livez`)).toBe(200)
  expect((await (await fetch(`${operations}/services/server`)).json()).service._tag).toBe("Stopping")
  expect(await half.finish()).toMatch(/"targets"[^]*\}\n$/)
  expect(await monitor.exit).toEqual({ code: 0, signal: null })
  await Promise.all(asked)
  const after = seen.slice(before)
  const position = (what: Seen[number][0], is: (status: number | string) => boolean) =>
    after.findIndex(([name, status]) => name === what && is(status))
  const red = position("readyz", (status) => status === 503)
  expect(red).toBeGreaterThanOrEqual(0)
  expect(red).toBeLessThan(position("page", (status) => status !== 200))
  const [livez, readyz] = ["livez", "readyz"].map((name) =>
    after.flatMap(([what, status]) => what === name && !isGone(status) ? [status] : [])
  )
  expect(new Set(livez)).toEqual(new Set([200]))
  expect(readyz!.slice(readyz!.indexOf(503))).not.toContain(200)

  // The followers have heard of all of it, up to the last event.
  await Promise.all([first.over(), second.over()])
  for (const { faults, state } of [first, second]) {
    expect(faults).toEqual([])
    expect(state.services.map(({ _tag }) => _tag)).toEqual(["Stopped", "Stopped", "Stopped", "Stopped"])
  }
  expect(inOrder(first.state)).toBe(inOrder(second.state))
})
