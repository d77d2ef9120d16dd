import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Governor, Service } from "../../src/index.ts"
import { pass, turns, up } from "../support.ts"
import { type Asking, asks } from "./asking.ts"

const headers = { authorization: "Bearer secret" }

const commanded = Effect.fnUntraced(function*(...args: Parameters<typeof up>) {
  const all = yield* up(...args)
  const ask = asks(all.governor, { tokens: { control: "secret" } })
  const post = (target: string, asking: Asking = {}) =>
    Effect.promise(() => ask(target, { method: "POST", ...asking, headers: { ...headers, ...asking.headers } }))
  const state = Effect.map(all.governor.status, (statuses) => statuses.map(({ _tag, run }) => `${_tag} ${run}`))
  return { ...all, ask, post, state }
})

/** A stop takes a second. */
const slowly = Effect.sleep("1 second")

describe("commands", () => {
  it.effect("answer with the state that was reached", () =>
    Effect.gen(function*() {
      const { post } = yield* commanded({}, { api: {} })
      const stopped = yield* post("/services/api/stop?wait=5s")
      assert.deepInclude(stopped.json, { reached: true })
      assert.deepInclude(stopped.json.service, { _tag: "Stopped", run: 1 })
      const started = yield* post("/services/api/start?wait=5s")
      assert.deepInclude(started.json.service, { _tag: "Running", run: 2 })
      assert.deepInclude((yield* post("/services/api/restart?wait=5s")).json.service, { _tag: "Running", run: 3 })
    }))

  it.effect("say where to look if the state is not reached in time, and go on", () =>
    Effect.gen(function*() {
      yield* pass(0)
      const { governor, post, state } = yield* commanded({}, { "what?": {} }, slowly)
      const answer = yield* post("/services/what%3F/restart")
      assert.deepInclude(answer, { status: 202 })
      assert.strictEqual(answer.headers["location"], "../what%3F")
      assert.deepInclude(answer.json, { reached: false })
      assert.deepInclude(answer.json.service, { _tag: "Stopping", reason: "restart" })
      yield* pass(1000)
      assert.deepStrictEqual(yield* state, ["Running 2"])
      yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* pass(1000) // else the scope would wait for the stop
    }))

  it.effect("are for the run that somebody has seen, so that two people do not restart twice", () =>
    Effect.gen(function*() {
      const { post, state } = yield* commanded({}, { api: {} })
      const restart = (run: string) => post("/services/api/restart?wait=5s", { headers: { "if-match": run } })
      assert.strictEqual((yield* restart("\"1\"")).status, 200)
      const second = yield* restart("\"1\"")
      assert.deepInclude(second, { status: 412 })
      assert.strictEqual(second.json.run, 2)
      assert.deepStrictEqual(yield* state, ["Running 2"])
      assert.strictEqual((yield* restart("2")).status, 200)
      assert.strictEqual((yield* restart("*")).status, 200)
      assert.strictEqual((yield* restart("W/\"4\"")).status, 400)
    }))

  it.effect("say what they would do, and do nothing", () =>
    Effect.gen(function*() {
      const { post, state } = yield* commanded({}, { api: { bindsTo: ["db"] }, db: {} })
      assert.strictEqual((yield* post("/services/db/stop?dryRun", { headers: { "if-match": "\"9\"" } })).status, 412)
      const { json, status } = yield* post("/services/db/stop?dryRun")
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(json.plan.steps, [{ action: "stop", services: ["db", "api"] }])
      assert.deepStrictEqual(yield* state, ["Running 1", "Running 1"])
    }))

  it.effect("reach the services inside of others", () =>
    Effect.gen(function*() {
      const { governor, post } = yield* commanded({}, {})
      yield* governor.add(Governor.asService("ingest", Governor.service("reader", Effect.never)))
      yield* Effect.andThen(governor.start, turns)
      const { json } = yield* post("/services/ingest/reader/restart?wait=5s")
      assert.deepInclude(json.service, { name: "ingest/reader", _tag: "Running", run: 2 })
    }))

  it.effect("are refused with the reason of the governor", () =>
    Effect.gen(function*() {
      const { governor, post } = yield* commanded({}, { deaf: { stopTimeout: "1 second" } })
      yield* governor.add(Service.make("lonely", Effect.never, { dependsOn: ["nobody"] }))
      const lonely = yield* post("/services/lonely/start?wait=1s")
      assert.deepInclude(lonely, { status: 409 })
      assert.strictEqual(lonely.json.reason, "InvalidOption")
      yield* governor.shutdown
      const late = yield* post("/services/deaf/start?wait=1s")
      assert.deepInclude(late, { status: 409 })
      assert.deepInclude(late.json, { reason: "GovernorClosed", type: "about:blank", title: "Conflict" })
      assert.notInclude(late.text, "stack")
    }))

  it.effect("are refused to everybody who must not give them", () =>
    Effect.gen(function*() {
      const { ask, governor, post, state } = yield* commanded({}, { api: {} })
      const status = (target: string, asking: Asking) => Effect.map(post(target, asking), ({ status }) => status)
      const stop = "/services/api/stop"
      assert.deepStrictEqual(
        yield* Effect.all([
          status(stop, { headers: { authorization: "" } }),
          status(`${stop}?token=secret`, { headers: { authorization: "" } }),
          status(`${stop}?token=secret`, {}),
          status(stop, { headers: { authorization: "Bearer wrong" } }),
          status(stop, { headers: { host: "evil.example" }, checksHost: true }),
          status(stop, { headers: { host: "localhost", origin: "http://evil.example" } }),
          status(stop, { headers: { "content-type": "text/plain" }, body: "{}" }),
          status(stop, { headers: { "content-type": "text/plain" } }),
          status(stop, { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" }),
          status(stop, { body: "{}" }),
          status(stop, { headers: { "content-type": "application/json" }, body: "{\"a\":1}" }),
          status(stop, { headers: { "content-type": "application/json" }, body: "[" }),
          status(stop, { headers: { "content-type": "application/json" }, body: "x".repeat(2000) }),
          status(stop, { method: "PUT" }),
          status(stop, { method: "DELETE" }),
          status("/services/nobody/stop", {}),
          status("/services/api/remove", {}),
          status("/services/api", {}),
          status("/livez", {}),
          status(`${stop}?wait=1h`, {})
        ]),
        [401, 401, 400, 401, 421, 403, 415, 415, 415, 415, 400, 400, 413, 405, 405, 404, 404, 404, 404, 400]
      )
      const get = yield* Effect.promise(() => ask(stop, { headers }))
      assert.include([404, 405], get.status)
      const none = asks(governor)
      assert.strictEqual((yield* Effect.promise(() => none(stop, { method: "POST", headers }))).status, 404)
      assert.deepStrictEqual(yield* state, ["Running 1"])
      assert.strictEqual(
        yield* status(`${stop}?wait=1s`, {
          headers: { "content-type": "application/json; charset=utf-8" },
          body: " {} "
        }),
        200
      )
    }))
})
