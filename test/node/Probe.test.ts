import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { once } from "node:events"
import * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { InvalidOption } from "../../src/GovernorError.ts"
import { Probe as NodeProbe } from "../../src/node/index.ts"
import { Governor, Probe } from "../../src/promise/index.ts"

type Check = (signal?: AbortSignal) => Promise<string>

/** What both doors' checks say. */
const doors = {
  "/promise": {
    tcp: (port: number, host?: string): Check => said(Probe.tcp(port, { host }).check),
    http: (url: string | URL): Check => said(Probe.http(url).check)
  },
  "/node": {
    tcp: (port: number, host?: string): Check => ran(NodeProbe.tcp(port, { host }).check),
    http: (url: string | URL): Check => ran(NodeProbe.http(url).check)
  }
}

const said = (check: Probe["check"]): Check => async (signal = new AbortController().signal) =>
  Promise.resolve(check({ signal })).then(() => "well", (error: unknown) => String(error))

const ran = (check: ReturnType<typeof NodeProbe.tcp>["check"]): Check => async (signal) => {
  const exit = await Effect.runPromiseExit(check, { signal })
  return Exit.isSuccess(exit)
    ? "well"
    : Cause.hasInterruptsOnly(exit.cause)
    ? "AbortError"
    : String(Cause.squash(exit.cause))
}

const listening = async (server: Net.Server) => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return (server.address() as Net.AddressInfo).port
}

/** A port at which nobody listens. */
const closedPort = async () => {
  const server = Net.createServer()
  const port = await listening(server)
  server.close()
  await once(server, "close")
  return port
}

/** A server that answers each path with its status, and what it has been asked. */
const answering = async (respond: (path: string, response: Http.ServerResponse) => void) => {
  const asked: Array<string> = []
  const server = Http.createServer(({ headers, url }, response) => {
    asked.push(`${url} ${headers.connection}`)
    respond(url!, response)
  })
  const all = new Set<Net.Socket>()
  server.on("connection", (socket) => {
    all.add(socket)
    socket.on("close", () => void all.delete(socket))
  })
  const port = await listening(server)
  onTestFinished(() => all.forEach((socket) => socket.destroy()))
  const closed = async () => {
    while (all.size > 0) await new Promise(setImmediate)
  }
  return { url: (path: string) => `http://127.0.0.1:${port}${path}`, asked, closed, port }
}

describe.each(Object.entries(doors))("the ready-made probes of %s", (_, { http, tcp }) => {
  it("a port that accepts a connection is well, and is left again", async () => {
    const { closed, port } = await answering(() => {})
    expect(await tcp(port)()).toBe("well")
    await closed()
  })

  it("a closed port is not, and neither is another host", async () => {
    const port = await closedPort()
    expect(await tcp(port)()).toContain(`ECONNREFUSED 127.0.0.1:${port}`)
    expect(await http(`http://127.0.0.1:${port}`)()).toContain("ECONNREFUSED")
    const open = await listening(Net.createServer())
    expect(await tcp(open, "127.0.0.2")()).not.toBe("well")
  })

  it.each([[200, "well"], [204, "well"], [302, "well"], [399, "well"], [400, "no"], [404, "no"], [503, "no"]])(
    "status %i: %s",
    async (status, expected) => {
      const { asked, closed, url } = await answering((_, response) => response.writeHead(status).end("x".repeat(1e6)))
      const result = await http(url("/health"))()
      expect(result).toBe(expected === "well" ? expected : `Error: ${url("/health")} answered with status ${status}`)
      expect(asked).toEqual(["/health close"])
      await closed()
    }
  )

  it("an answer that never ends is not read", async () => {
    const { closed, url } = await answering((_, response) => void response.writeHead(200).write("x"))
    expect(await http(url("/"))()).toBe("well")
    await closed()
  })

  it("redirects are followed on the same host, and not for ever", async () => {
    const locations: Record<string, string> = {
      "/a": "/b",
      "/b": "c",
      "/loop": "/loop",
      "/away": "http://example.invalid/",
      "/mail": "mailto:a@127.0.0.1"
    }
    const { asked, url } = await answering((path, response) => {
      const location = locations[path]
      if (location === undefined) response.writeHead(path === "/c" ? 500 : 200).end()
      else response.writeHead(302, { location }).end()
    })
    expect(await http(new URL(url("/a")))()).toContain("/c answered with status 500")
    expect(asked).toHaveLength(3)
    expect(await http(url("/away"))()).toBe("well")
    expect(await http(url("/mail"))()).toBe("well")
    expect(await http(url("/loop"))()).toContain("/loop redirected more than 10 times")
  })

  it("a server that accepts and never answers keeps a check waiting until it is aborted, and no longer", async () => {
    const { asked, closed, url } = await answering(() => {})
    const controller = new AbortController()
    const result = http(url("/"))(controller.signal)
    while (asked.length === 0) await new Promise(setImmediate)
    controller.abort()
    expect(await result).toContain("AbortError")
    await closed()
  })

  it("an aborted check does not connect", async () => {
    expect(await tcp(await closedPort())(AbortSignal.abort())).toContain("AbortError")
    expect(await http("http://127.0.0.1:1/")(AbortSignal.abort())).toContain("AbortError")
  })
})

it("a bad port or URL is what the checks of /node fail with", async () => {
  for (const { check } of [NodeProbe.tcp(0), NodeProbe.http("localhost")]) {
    const exit = await Effect.runPromiseExit(check)
    expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toBeInstanceOf(InvalidOption)
  }
})

it("a server that accepts and never answers is restarted, one that answers is not", async () => {
  const well = await answering((_, response) => response.end("well"))
  const mute = await answering(() => {})
  const governor = new Governor({ log: () => {} })
  onTestFinished(() => governor.shutdown().then(() => {}))
  const timing = { every: "20 millis", timeout: "50 millis", failures: 2 } as const
  const failed = new Promise<string>((resolve) => {
    governor.onEvent((event) => {
      if (event._tag === "ServiceFailed") resolve(`${event.service}: ${event.cause.message}`)
    })
  })
  for (const [name, { port, url }] of Object.entries({ well, mute })) {
    const run = { readiness: Probe.tcp(port, timing), liveness: Probe.http(url("/"), timing), restart: false } as const
    governor.add(name, ({ sleep }) => sleep("Infinity"), run)
  }
  governor.start()
  const failure = "failed 2 times in a row: TimeoutError: the check took longer than 50 ms"
  expect(await failed).toBe(`mute: the liveness probe of run 1 of service "mute" ${failure}`)
  expect(governor.get("well").status()._tag).toBe("Running")
})

it("a service is ready soon after it listens, however seldom it is checked then", async () => {
  const port = await closedPort()
  const governor = new Governor({ log: () => {} })
  onTestFinished(() => governor.shutdown().then(() => {}))
  governor.add("server", async ({ sleep }) => {
    await sleep("20 millis")
    const server = Net.createServer().listen(port, "127.0.0.1")
    onTestFinished(() => void server.close())
    await sleep("Infinity")
  }, { readiness: Probe.tcp(port, { every: "1 hour" }) })
  governor.start()
  await governor.whenReady()
})
