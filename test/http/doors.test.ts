import { NodeHttpServer } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import { HttpServer } from "effect/http/HttpServer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { MinimumLogLevel } from "effect/References"
import fastify from "fastify"
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { Operations, operations } from "../../src/http/index.ts"
import { Governor as Core } from "../../src/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { aborted } from "../aborted.ts"

const started = async () => {
  const governor = new Governor({ log: () => {} })
  onTestFinished(() => void governor.shutdown())
  governor.add("api", aborted)
  governor.start()
  await governor.whenReady()
  return { governor, ops: operations(governor, { tokens: { control: "secret" } }) }
}

const served = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, "127.0.0.1")
  onTestFinished(() => (server.closeAllConnections(), void server.close()))
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What each door has to be able to do. */
const operate = async (ask: (path: string, init?: RequestInit) => Promise<Response>, end: () => Promise<unknown>) => {
  expect(await (await ask("/readyz")).text()).toBe("ok\n")
  const list = await ask("/services?limit=1")
  expect((await list.json()).services[0].name).toBe("api")
  expect((await ask("/services?limit=1", { headers: { "if-none-match": list.headers.get("etag")! } })).status).toBe(304)
  expect((await ask("/readyz", { method: "HEAD" })).status).toBe(200)
  expect((await ask("/services/nobody")).headers.get("content-type")).toBe("application/problem+json")

  const page = await ask("/")
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'sha256-/)
  expect(await page.text()).toMatch(/^<!doctype html>/)
  expect(await (await ask("/incident")).text()).toMatch(/^\{"incident":.*\}\n\{"s/)

  const events = await ask("/events?snapshot")
  const all = events.text()
  const headers = { authorization: "Bearer secret", "content-type": "application/json" }
  const restarted = await ask("/services/api/restart?wait=60s", { method: "POST", headers, body: "{}" })
  expect((await restarted.json()).service).toMatchObject({ _tag: "Running", run: 2 })
  expect((await ask("/services/api/restart", { method: "POST", headers, body: "x".repeat(5000) })).status).toBe(413)
  expect((await ask("/drain", { method: "POST", headers })).status).toBe(409)
  await end()
  expect(await all).toMatch(/event: snapshot[^]*event: ServiceStopping[^]*event: ShutdownCompleted/)
}

describe("the doors", () => {
  it("fetch answers a Request", async () => {
    const { governor, ops } = await started()
    await operate((path, init) => ops.fetch(new Request(`http://localhost${path}`, init)), () => governor.shutdown())
  })

  it("fetch shows the details to this machine only, as far as the URL tells", async () => {
    const { ops } = await started()
    const status = async (url: string, headers = {}) => (await ops.fetch(new Request(url, { headers }))).status
    expect(await status("http://127.0.0.1:8080/services")).toBe(200)
    expect(await status("http://shop.example/services")).toBe(404)
    expect(await status("http://shop.example/readyz")).toBe(200)
    expect(await status("http://localhost/services", { "x-forwarded-for": "10.1.2.3" })).toBe(404)
  })

  it("listener answers a request of node:http", async () => {
    const { governor, ops } = await started()
    const url = await served(ops.listener)
    await operate((path, init) => fetch(url + path, init), () => governor.shutdown())
  })

  it("listener answers under a path, as Express mounts it, also if the body was read before", async () => {
    const { governor, ops } = await started()
    const url = await served(async (request, response) => {
      request.url = request.url!.replace(/^\/ops/, "")
      let body = ""
      for await (const part of request) body += part
      if (body !== "") Object.assign(request, { body: JSON.parse(body.startsWith("x") ? JSON.stringify(body) : body) })
      ops.listener(request, response)
    })
    await operate((path, init) => fetch(`${url}/ops${path}`, init), () => governor.shutdown())
  })

  it("listener answers in Fastify", async () => {
    const { governor, ops } = await started()
    const app = fastify({ forceCloseConnections: true })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser("*", (_, __, done) => done(null))
    app.all("/ops/*", (request, reply) => {
      reply.hijack()
      request.raw.url = request.raw.url!.replace(/^\/ops/, "")
      ops.listener(request.raw, reply.raw)
    })
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    onTestFinished(() => app.close())
    await operate((path, init) => fetch(`${url}/ops${path}`, init), () => governor.shutdown())
  })

  const quiet = Layer.succeed(MinimumLogLevel, "None")

  it("Operations.routes answer beside the routes of the program", async () => {
    const supervised = Core.supervise(Core.service("api", Effect.never))
    const App = Layer.mergeAll(
      HttpRouter.add("GET", "/", HttpServerResponse.text("hello")),
      Operations.routes({ prefix: "/ops", tokens: { control: "secret" } })
    ).pipe(Layer.provideMerge(supervised))
    const program = Effect.gen(function*() {
      const { address } = yield* Effect.service(HttpServer)
      const governor = yield* Core.Governor
      const url = `http://127.0.0.1:${(address as { readonly port: number }).port}`
      yield* governor.awaitReady
      expect(yield* Effect.promise(async () => (await fetch(url)).text())).toBe("hello")
      yield* Effect.promise(() =>
        operate((path, init) => fetch(`${url}/ops${path}`, init), () => Effect.runPromise(governor.shutdown))
      )
    })
    const Server = HttpRouter.serve(App, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
    )
    await Effect.runPromise(Effect.provide(program, Layer.provide(Layer.provideMerge(Server, supervised), quiet)))
  })

  it("Operations.routes without a prefix leave the root to the program", async () => {
    const App = Layer.mergeAll(
      HttpRouter.add("GET", "/", HttpServerResponse.text("hello")),
      Operations.routes()
    ).pipe(Layer.provide(Core.layer()))
    const { dispose, handler } = HttpRouter.toWebHandler(App, { disableLogger: true })
    onTestFinished(dispose)
    const ask = async (path: string) => (await handler(new Request(`http://localhost${path}`))).text()
    expect([await ask("/"), await ask("/livez")]).toEqual(["hello", "ok\n"])
  })

  it("Operations.layer listens by itself until the shutdown is complete", async () => {
    const Services = Layer.mergeAll(
      Core.service("api", Effect.never),
      Operations.layer({ port: 0, drainDelay: "10 millis" })
    )
    const report = await Effect.runPromise(
      Core.launch(Layer.mergeAll(
        Services,
        Core.service("ends", Effect.void, { significant: true })
      )).pipe(Effect.provide(quiet))
    )
    expect(report.ok).toBe(true)
  })

  it("Operations.layer fails with ServeError, and with InvalidOption", async () => {
    const url = await served((_, response) => response.end())
    const port = Number(new URL(url).port)
    const error = (options: Parameters<typeof Operations.layer>[0]) =>
      Effect.runPromise(Effect.flip(Core.launch(Operations.layer(options)).pipe(Effect.provide(quiet))))
    expect((await error({ port }))._tag).toBe("ServeError")
    expect((await error({ port: 1.5 }))._tag).toBe("InvalidOption")
    expect((await error({ keep: 0 }))._tag).toBe("InvalidOption")
  })
})

describe("operations", () => {
  it.each<[string, unknown, string]>([
    ["an unknown option", { token: "a" }, "token"],
    ["an unknown token", { tokens: { write: "a" } }, "write"],
    ["an empty token", { tokens: { read: "" } }, "tokens.read"],
    ["a token with spaces", { tokens: { control: "a b" } }, "tokens.control"],
    ["a host that is none", { hosts: [1] }, "hosts"],
    ["a delay that is none", { drainDelay: "soon" }, "drainDelay"],
    ["a delay of ever", { drainDelay: "Infinity" }, "drainDelay"],
    ["a delay that takes all the time of a shutdown", { drainDelay: "20 seconds" }, "drainDelay"],
    ["nothing to keep", { keep: 0 }, "keep"],
    ["a time that is none", { unreadyAfter: -1 }, "unreadyAfter"]
  ])("refuse %s, and do not show a secret", (_, options, field) => {
    const governor = new Governor({ shutdownTimeout: "20 seconds" })
    expect(() => operations(governor, options as {})).toThrow(expect.objectContaining({ _tag: "InvalidOption", field }))
  })

  it("refuse what is no governor", () => {
    expect(() => operations({} as Governor)).toThrow(/governor/)
  })

  it("of one governor keep one list of events, of the larger size", async () => {
    const { governor, ops } = await started()
    const other = operations(governor, { keep: 5000 })
    const first = await (await ops.fetch(new Request("http://localhost/services"))).json()
    const second = await (await other.fetch(new Request("http://localhost/services"))).json()
    expect(second.epoch).toBe(first.epoch)
  })

  it("warn at the start if the times of a shutdown do not fit together", async () => {
    const lines: Array<string> = []
    const governor = new Governor({ shutdownTimeout: "10 seconds", log: ({ message }) => void lines.push(message) })
    operations(governor, { drainDelay: "5 seconds" })
    governor.add("api", aborted, { stopTimeout: "8 seconds" }).start()
    await expect.poll(() => lines.filter((line) => line.includes("shutdownTimeout"))).toHaveLength(1)
  })
})
