/** The contract against what is answered: each path, each parameter, each status. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import type { OpenAPISpec, OpenAPISpecOperation } from "effect/http-api/OpenApi"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { api } from "../../src/http/api.ts"
import { commandNames, commandParameters } from "../../src/http/commands.ts"
import { drainParameters } from "../../src/http/drain.ts"
import { operations } from "../../src/http/index.ts"
import { routes } from "../../src/http/routes.ts"
import { type ClusterStatus, Governor, RestartPolicy, Service } from "../../src/index.ts"
import { Governor as Facade } from "../../src/promise/index.ts"
import { Snapshot } from "../../src/schema.ts"
import { drainOf, joined, seen } from "../clustered.ts"
import { pass, turns, up } from "../support.ts"
import { type Asking, asks, type Given } from "./asking.ts"

const secret = { authorization: "Bearer secret" }

const [here, there] = ["127.0.0.1:7001", "127.0.0.1:7002"]

/** Before the first run. */
const unsaid: ClusterStatus.ClusterStatus = {
  name: "report",
  epoch: 0,
  desired: "stopped",
  state: "Stopped",
  since: 1
}

/** A governor with a service in each state, and a question to it by somebody who may ask everything. */
const all = Effect.gen(function*() {
  yield* pass(0)
  const restart = RestartPolicy.never
  const { end, governor, handle } = yield* up({ restart: RestartPolicy.spaced("8 seconds") }, {
    db: {},
    api: { dependsOn: ["db"], bindsTo: ["db"], stopTimeout: "5 seconds" },
    cache: { readiness: "manual", startTimeout: "1 minute" },
    migration: { restart },
    broken: { restart },
    idle: {}
  })
  let stops = 0
  const slowly = Effect.onInterrupt(Effect.never, () => stops++ === 0 ? Effect.sleep("1 second") : Effect.void)
  yield* governor.add(Service.make("slow", slowly, { stopTimeout: "3 seconds" }))
  yield* governor.add(Service.make("lonely", Effect.never, { dependsOn: ["nobody"] }))
  yield* governor.add(Governor.asService("ingest", Governor.service("reader", Effect.never)))
  yield* Effect.flatMap(handle("slow"), ({ start }) => start)
  yield* Effect.flatMap(handle("ingest"), ({ start }) => start)
  yield* end("db", Exit.fail("no connection"))
  yield* end("migration", Exit.void)
  yield* end("broken", Exit.fail("no configuration"))
  yield* Effect.flatMap(handle("idle"), ({ stop }) => stop)
  yield* Effect.forkChild(Effect.flatMap(handle("slow"), ({ stop }) => stop), { startImmediately: true })
  yield* turns
  yield* Effect.addFinalizer(() => pass(1000)) // else the scope would wait for the stop
  joined(governor, here, [seen("billing"), seen("ingest/0", { unreachableSince: 9 }), unsaid], drainOf(here, there))
  const ask = asks(governor, { tokens: { read: "secret", control: "secret" } })
  const open = asks(governor)
  return {
    governor,
    ask: (target: string, { headers, ...others }: Asking = {}) =>
      Effect.promise(() => ask(target, { ...others, headers: { ...secret, ...headers } })),
    /** Asks where nothing is open to who asks. */
    closed: (target: string, asking: Asking) => Effect.promise(() => open(target, { ...asking, isLocal: false })),
    /** Asks without a token. */
    bare: (target: string, asking: Asking) => Effect.promise(() => ask(target, asking))
  }
})

/** Questions to a governor of which all is ready, and to one that cannot go on. */
const extremes = Effect.gen(function*() {
  const asked = (governor: unknown) => (target: string) => Effect.promise(() => asks(governor)(target))
  const { governor } = yield* up({}, { api: {} })
  const other = yield* Governor.make()
  const deaf = Effect.uninterruptible(Effect.never)
  yield* other.add(Service.make("db", deaf, { significant: true, stopTimeout: "1 second" }))
  yield* Effect.andThen(other.start, turns)
  yield* Effect.andThen(Effect.forkChild(Effect.flatMap(other.get("db"), ({ stop }) => stop)), pass(1000))
  return { rightly: asked(governor), stuck: asked(other) }
})

const document = Effect.map(
  Effect.promise(() => asks(new Facade())("/openapi.json")),
  ({ json }): OpenAPISpec => json
)

interface Described {
  readonly id: string
  readonly method: "GET" | "POST"
  readonly path: string
  readonly operation: OpenAPISpecOperation
}

const operationsOf = ({ paths }: OpenAPISpec): ReadonlyArray<Described> =>
  Object.entries(paths).flatMap(([path, { get, post }]) => [described("GET", path, get), described("POST", path, post)])
    .filter((one) => one !== undefined)

const described = (method: "GET" | "POST", path: string, operation: OpenAPISpecOperation | undefined) =>
  operation && { id: operation.operationId, method, path, operation }

const named = ({ parameters }: OpenAPISpecOperation, place: string) =>
  parameters.filter((one) => one.in === place).map(({ name }) => name).toSorted()

type Codecs = ReadonlyArray<Schema.Codec<unknown, unknown>>
type Schemas = ReadonlyMap<number, ReadonlyArray<Schema.Top>>

/** The schemas of the answers of each operation, by their status. */
const schemas = new Map<string, readonly [successes: Schemas, errors: Schemas]>()
HttpApi.reflect(api, {
  onGroup: () => {},
  onEndpoint: ({ endpoint, errors, group, successes }) =>
    schemas.set(`${group.identifier}.${endpoint.identifier}`, [successes, errors])
})

const schemasOf = (id: string, status: number) =>
  schemas.get(id)!.flatMap((byStatus) => byStatus.get(status) ?? []) as ReadonlyArray<unknown> as Codecs

type Tried = readonly [id: string, status: number, target: string, asking?: Asking]

const post = (target: string, asking: Asking = {}): readonly [string, Asking] => [target, { method: "POST", ...asking }]

/** Everything that an answer may be, but for the streams. */
const tried: ReadonlyArray<Tried> = [
  ["page.page", 200, "/"],
  ["probes.live", 200, "/livez?verbose"],
  ["probes.ready", 503, "/readyz?verbose"],
  ["probes.ready", 200, "/readyz?exclude=db,api,cache,broken,slow,lonely,idle"],
  ["probes.readyOne", 200, "/readyz/ingest/reader"],
  ["probes.readyOne", 503, "/readyz/db?verbose"],
  ["probes.readyOne", 404, "/readyz/nobody"],
  ["probes.started", 503, "/startupz"],
  ["services.list", 200, "/services"],
  ["services.list", 200, "/services?limit=2&name=*"],
  ["services.list", 200, "/services?scope=cluster"],
  ["services.list", 410, "/services?cursor=nobody"],
  ["services.get", 404, "/services/nobody"],
  ["services.problems", 200, "/why"],
  ["services.why", 404, "/why/nobody"],
  ["services.plan", 200, "/plan?shutdown"],
  ["services.plan", 200, "/plan?stop=db"],
  ["services.plan", 200, "/plan?restart=ingest"],
  ["services.plan", 404, "/plan?start=nobody"],
  ["services.graph", 200, "/graph"],
  ["services.graph", 200, "/graph?format=dot"],
  ["services.graph", 200, "/graph?format=mermaid&around=db"],
  ["services.graph", 404, "/graph?around=nobody"],
  ["services.budget", 200, "/budget"],
  ["services.logs", 200, "/logs?level=debug"],
  ["streams.incident", 200, "/incident"],
  ["streams.metrics", 200, "/metrics"],
  ["streams.document", 200, "/openapi.json"],
  ...["db", "api", "cache", "migration", "broken", "idle", "slow", "lonely", "ingest", "ingest/reader"].flatMap((
    path
  ): ReadonlyArray<Tried> => [
    ["services.get", 200, `/services/${path}`],
    ["services.why", 200, `/why/${path}`],
    ["services.plan", 200, `/plan?start=${path}`]
  ]),
  ["commands.drain", 409, ...post("/drain?node=nowhere:1")],
  ["commands.drain", 202, ...post(`/drain?node=${there}`)],
  ["commands.drain", 413, ...post("/drain", { body: " ".repeat(2000) })],
  ["commands.drain", 415, ...post("/drain", { headers: { "content-type": "text/plain" } })],
  ...commandNames.flatMap((name): ReadonlyArray<Tried> => [
    [`commands.${name}`, 200, ...post(`/services/db/${name}?dryRun`)],
    [`commands.${name}`, 404, ...post(`/services/nobody/${name}`)],
    [`commands.${name}`, 412, ...post(`/services/db/${name}`, { headers: { "if-match": "\"77\"" } })],
    [`commands.${name}`, 413, ...post(`/services/db/${name}`, { body: " ".repeat(2000) })],
    [`commands.${name}`, 415, ...post(`/services/db/${name}`, { headers: { "content-type": "text/plain" } })]
  ])
]

/** What changes something, one after the other. */
const changing: ReadonlyArray<Tried> = [
  ["commands.stop", 202, ...post("/services/slow/stop")],
  ["commands.restart", 202, ...post("/services/slow/restart")],
  ["commands.start", 202, ...post("/services/slow/start")],
  ["commands.start", 409, ...post("/services/lonely/start?wait=1s")],
  ["commands.restart", 409, ...post("/services/lonely/restart?wait=1s")],
  ["commands.start", 200, ...post("/services/idle/start?wait=1s")],
  ["commands.restart", 200, ...post("/services/idle/restart?wait=1s")],
  ["commands.stop", 200, ...post("/services/idle/stop?wait=1s")],
  ["commands.drain", 200, ...post("/drain?wait=1s")]
]

/** What an operation may answer to those who do not ask as they should. */
const refused = ({ id, method, operation, path }: Described): ReadonlyArray<Tried> => {
  const target = path.replace("{path}", "db")
  const asking = { method }
  const wrong: ReadonlyArray<Tried> = [
    [id, 400, `${target}?nonsense`, asking],
    [id, 403, target, { ...asking, headers: { origin: "http://elsewhere.example" } }],
    [id, 421, target, { ...asking, checksHost: true, headers: { host: "elsewhere.example" } }]
  ]
  return "304" in operation.responses ? [...wrong, [id, 304, target, { headers: { "if-none-match": "*" } }]] : wrong
}

/** Whether an answer is what the document and the schema of its status say. */
const agrees = ([id, status, target]: Tried, given: Given, described: Described) => {
  const what = `${id} ${target}`
  assert.strictEqual(given.status, status, `${what}: ${given.text}`)
  const { content } = described.operation.responses[status] ?? assert.fail(`${what}: ${status} is not described`)
  if (content === undefined) return assert.strictEqual(given.text, "", what)
  const type = given.headers["content-type"]!
  assert.include(Object.keys(content), type, what)
  const value = type.endsWith("+json") || type.endsWith("/json") ? given.json : given.text
  const same = schemasOf(id, status).filter((schema) => {
    const decoded = Schema.decodeUnknownExit(schema)(value)
    if (decoded._tag === "Failure") return false
    assert.deepStrictEqual(Schema.encodeSync(schema)(decoded.value), value, what)
    return true
  })
  assert.isAtLeast(same.length, 1, `${what}: no schema has ${given.text}`)
}

describe("the contract", () => {
  it.effect("has the paths and the parameters that are answered, and no others", () =>
    Effect.gen(function*() {
      const described = operationsOf(yield* document).map(({ method, operation, path }) =>
        `${method} ${path}?${named(operation, "query").join("&")}`
      )
      const answered = Array.from(routes).flatMap(([name, { parameters, parametersOfOne }]) => [
        `GET /${name}?${parameters.toSorted().join("&")}`,
        parametersOfOne && `GET /${name}/{path}?${parametersOfOne.toSorted().join("&")}`
      ]).filter((one) => one !== undefined)
      const commanded = commandNames.map((name) =>
        `POST /services/{path}/${name}?${commandParameters.toSorted().join("&")}`
      )
      const all = [...answered, ...commanded, `POST /drain?${drainParameters.toSorted().join("&")}`]
      assert.deepStrictEqual(described.toSorted(), all.toSorted())
    }))

  it.effect("is open to those to whom the paths are", () =>
    Effect.gen(function*() {
      for (const { method, operation, path } of operationsOf(yield* document)) {
        const need = method === "POST" ? "Control" : routes.get(path.split("/")[1]!)!.need
        const security = { Page: [], Probe: [], Read: [{ read: [] }, {}], Control: [{ control: [] }] }[need]
        assert.deepStrictEqual<unknown>(operation.security, security, path)
      }
    }))

  it.effect("has every answer of every path, and each is decoded and encoded again to the same", () =>
    Effect.gen(function*() {
      const described = new Map(operationsOf(yield* document).map((one) => [one.id, one]))
      const { ask, bare, closed } = yield* all
      const found = new Set<string>()
      const check = (one: Tried, given: Given) => {
        agrees(one, given, described.get(one[0])!)
        found.add(`${one[0]} ${one[1]}`)
      }
      const states = (yield* ask("/services")).json.services.map(({ _tag }: { readonly _tag: string }) => _tag)
      assert.strictEqual(new Set(states).size, 8, states.join(" "))

      const { etag } = (yield* ask("/services")).headers
      for (const one of [...tried, ...Array.from(described.values()).flatMap(refused)]) {
        const [, status, target, asking] = one
        const headers = status === 304 ? { "if-none-match": etag! } : asking?.headers
        check(one, yield* ask(target, { ...asking, ...(headers && { headers }) }))
      }
      for (const { id, method, operation, path } of described.values()) {
        if (operation.security.length === 0) continue
        const target = path.replace("{path}", "db")
        check([id, 401, target], yield* bare(target, { method }))
        check([id, 404, target], yield* closed(target, { method }))
      }
      check(["page.page", 404, "/"], yield* closed("/", {}))
      for (const one of changing) {
        const answered = yield* Effect.forkChild(ask(one[2], one[3]), { startImmediately: true })
        yield* turns
        check(one, yield* Fiber.join(answered))
      }
      const { rightly, stuck } = yield* extremes
      check(["probes.started", 200, "/startupz"], yield* rightly("/startupz"))
      check(["probes.live", 503, "/livez"], yield* stuck("/livez"))

      const expected = Array.from(described.values()).flatMap(({ id, operation }) =>
        Object.keys(operation.responses).filter((status) => status !== "500").map((status) => `${id} ${status}`)
      )
      const missing = expected.filter((one) => !found.has(one))
      assert.deepStrictEqual(missing, ["streams.events 200", "streams.events 204"])
    }))

  it.effect("is a document whose references lead somewhere, and whose names are told once", () =>
    Effect.gen(function*() {
      const made = yield* document
      assert.match(made.openapi, /^3\.1\./)
      assert.deepInclude(made.info, { title: "effect-governor", version: "governor/v1" })
      const described = operationsOf(made)
      assert.strictEqual(new Set(described.map(({ id }) => id)).size, described.length)
      for (const { id, operation, path } of described) {
        assert.deepStrictEqual(named(operation, "path"), path.includes("{path}") ? ["path"] : [], id)
        for (const requirement of operation.security) {
          for (const name of Object.keys(requirement)) assert.isDefined(made.components.securitySchemes[name], name)
        }
        for (const { description } of Object.values(operation.responses)) assert.isNotEmpty(description, id)
      }
      const used = new Set(Array.from(JSON.stringify(made).matchAll(/"\$ref":"([^"]*)"/g), ([, ref]) => ref!))
      const there = Object.keys(made.components.schemas).map((name) => `#/components/schemas/${name}`)
      assert.deepStrictEqual(Array.from(used).toSorted(), there.toSorted())
      assert.notMatch(JSON.stringify(made), /_\d+"|NaN|"additionalProperties":false/)
    }))
})

describe("a client made of the contract", () => {
  it.live("asks a listener, and has values of the types", () =>
    Effect.gen(function*() {
      const governor = new Facade()
      governor.add("api", ({ sleep }) => sleep("Infinity"))
      const broken = () => {
        throw new RangeError("too many")
      }
      governor.add("broken", broken, { restart: false })
      const { url } = yield* Effect.promise(() => operations(governor, { tokens: { control: "secret" } }).listen())
      yield* Effect.promise(() => (governor.start(), governor.whenReady()))
      const client = yield* HttpApiClient.make(api, {
        baseUrl: url,
        transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken("secret"))
      })

      const page = yield* client.services.list({ query: { limit: 10 }, headers: {} })
      const { services, total } = "total" in page ? page : assert.fail("these are the services of a cluster")
      assert.strictEqual(total, 2)
      assert.deepStrictEqual(services.map(({ _tag, name }) => [name, _tag]), [["api", "Running"], ["broken", "Failed"]])
      const [, failed] = services
      if (failed?._tag === "Failed") assert.strictEqual(String(Cause.squash(failed.cause)), "RangeError: too many")

      const bytes = yield* client.streams.events({ query: { snapshot: "true" }, headers: {} })
      const text = bytes === undefined ? "" : yield* Stream.mkString(Stream.take(Stream.decodeText(bytes), 2))
      const heard: Array<Sse.AnyEvent> = []
      Sse.makeParser((one) => heard.push(one)).feed(text)
      const snapshot = heard.find((one) => one._tag === "Event") ?? assert.fail(text)
      assert.strictEqual(Schema.decodeSync(Schema.fromJsonString(Snapshot))(snapshot.data).services.length, 2)

      const params = { path: "api" }
      const restarted = yield* client.commands.restart({ params, query: { wait: "5s" }, headers: { "if-match": "1" } })
      assert.isTrue("reached" in restarted && restarted.reached && restarted.service?.run === 2)
      const refused = yield* Effect.flip(
        client.commands.restart({ params, query: {}, headers: { "if-match": "1" } })
      )
      assert.deepInclude(refused, { status: 412, run: 2 })
      yield* Effect.promise(() => governor.shutdown())
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})
