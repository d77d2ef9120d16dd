/** What is seen of a cluster over HTTP, and the drain of a node: of a cluster that is only said to be there. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { GovernorError } from "../../src/index.ts"
import { joined, seen } from "../clustered.ts"
import { up } from "../support.ts"
import { asks } from "./asking.ts"

const here = "127.0.0.1:7001"

const names = (all: ReadonlyArray<{ readonly name: string }>) => all.map(({ name }) => name)

describe("GET /services?scope=cluster", () => {
  it.effect("answers with the services of the cluster, on whichever node, as this node knows them now", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({ name: "shop" }, { api: {} })
      const services = [seen("billing", { unreachableSince: 7 }), seen("ingest/0", { node: here })]
      joined(governor, here, services)
      const { headers, json, status } = yield* Effect.promise(() => asks(governor)("/services?scope=cluster"))
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { governor: "shop", apiVersion: "governor/v1", node: here })
      assert.deepStrictEqual(json.services, services)
      assert.notProperty(headers, "etag", "the cluster changes without an event here")
    }))

  it.effect("answers at once with what has changed, though there was no event", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, { api: {} })
      const all = [seen("billing")]
      joined(governor, here, all)
      const ask = asks(governor)
      const { etag } = (yield* Effect.promise(() => ask("/services"))).headers
      all[0] = seen("billing", { epoch: 4 })
      const { json, status } = yield* Effect.promise(() =>
        ask("/services?scope=cluster", { headers: { "if-none-match": etag! } })
      )
      assert.deepStrictEqual([status, json.services[0].epoch], [200, 4])
    }))

  it.effect("is filtered by names and states", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, {})
      joined(governor, here, [seen("billing"), seen("ingest/0", { state: "Backoff" }), seen("ingest/1")])
      const found = (query: string) =>
        Effect.map(Effect.promise(() => asks(governor)(`/services?scope=cluster&${query}`)), ({ json }) =>
          names(json.services))
      assert.deepStrictEqual(yield* found("name=ingest/*"), ["ingest/0", "ingest/1"])
      assert.deepStrictEqual(yield* found("state=Backoff,Failed"), ["ingest/0"])
      assert.deepStrictEqual(yield* found("state=Running&name=ingest/*"), ["ingest/1"])
    }))

  it.effect("has no services, and names no node, where there is no cluster", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, { api: {} })
      const { json } = yield* Effect.promise(() => asks(governor)("/services?scope=cluster"))
      assert.deepStrictEqual(json.services, [])
      assert.notProperty(json, "node")
    }))

  it.effect("refuses what is no scope, and what pages need", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, { api: {} })
      for (const query of ["scope=all", "scope", "scope=cluster&limit=2", "scope=cluster&cursor=api"]) {
        const { status } = yield* Effect.promise(() => asks(governor)(`/services?${query}`))
        assert.strictEqual(status, 400, query)
      }
      const { json } = yield* Effect.promise(() => asks(governor)("/services?scope=all"))
      assert.include(json.detail, "expected cluster, got \"all\"")
      assert.strictEqual((yield* Effect.promise(() => asks(governor)("/services/api?scope=cluster"))).status, 400)
    }))
})

describe("POST /drain", () => {
  const headers = { authorization: "Bearer secret" }
  const commanded = (governor: unknown) => {
    const ask = asks(governor, { tokens: { control: "secret" } })
    return (target: string, asking = {}) => Effect.promise(() => ask(target, { method: "POST", headers, ...asking }))
  }

  it.effect("drains this node, or another one by its address, and waits as long as is wanted", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, {})
      const given = yield* Deferred.make<void>()
      const drained: Array<string> = []
      joined(governor, here, [], (node) => {
        drained.push(node)
        return Effect.succeed(node === here ? Effect.void : Deferred.await(given))
      })
      const post = commanded(governor)
      const own = yield* post("/drain?wait=5s")
      assert.deepInclude({ ...own.json, status: own.status }, { status: 200, reached: true, node: here })
      const other = yield* post("/drain?node=127.0.0.1:7002")
      assert.deepInclude(other.json, { reached: false, node: "127.0.0.1:7002" })
      assert.strictEqual(other.status, 202)
      assert.strictEqual(other.headers["location"], "services?scope=cluster")
      yield* Deferred.succeed(given, undefined)
      assert.deepInclude((yield* post("/drain?node=127.0.0.1%3A7002&wait=5s")).json, { reached: true })
      assert.deepStrictEqual(drained, [here, "127.0.0.1:7002", "127.0.0.1:7002"])
    }))

  it.effect("refuses an address that no node has, and names those that are there", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, {})
      joined(governor, here, [], (node) => Effect.fail(new GovernorError.UnknownNode({ node, known: [here] })))
      const { json, status } = yield* commanded(governor)("/drain?node=nowhere:1")
      assert.strictEqual(status, 409)
      assert.deepInclude(json, { reason: "UnknownNode", known: [here] })
      assert.include(json.detail, "got \"nowhere:1\"")
    }))

  it.effect("is refused where there is no cluster", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, {})
      const { json, status } = yield* commanded(governor)("/drain")
      assert.strictEqual(status, 409)
      assert.deepInclude(json, { reason: "NoCluster", detail: "this process is in no cluster" })
    }))

  it.effect("is refused to everybody who must not give commands", () =>
    Effect.gen(function*() {
      const { governor } = yield* up({}, {})
      let drains = 0
      joined(governor, here, [], () => Effect.sync(() => (drains++, Effect.void)))
      const post = commanded(governor)
      const status = (target: string, asking: object) => Effect.map(post(target, asking), ({ status }) => status)
      assert.deepStrictEqual(
        yield* Effect.all([
          status("/drain", { headers: {} }),
          status("/drain", { headers: { authorization: "Bearer wrong" } }),
          status("/drain", { headers: { ...headers, host: "localhost", origin: "http://evil.example" } }),
          status("/drain", { headers: { ...headers, "content-type": "text/plain" }, body: "{}" }),
          status("/drain?wait=1h", {}),
          status("/drain?nodes=a", {}),
          status("/drain?node=", {}),
          status("/drain", { method: "DELETE" }),
          status("/drain/a", {}),
          status("/drain", { method: "GET" })
        ]),
        [401, 401, 403, 415, 400, 400, 400, 405, 404, 404]
      )
      const open = asks(governor)
      assert.strictEqual((yield* Effect.promise(() => open("/drain", { method: "POST" }))).status, 404)
      assert.strictEqual(drains, 0)
    }))
})
