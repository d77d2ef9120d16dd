/** What the books say of services that are removed with their layers, after those that depend on them. */
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Governor, Service } from "../../src/index.ts"
import { type Heard, type Known, Ledger } from "./Ledger.ts"

/** `cache` is a layer and bound to `store`. `api` depends on `cache`, and ends once it may. */
const scene = Effect.fnUntraced(function*() {
  const problems: Array<string> = []
  const ledger = new Ledger((problem) => problems.push(problem))
  const governor = yield* Governor.make()
  governor.listen(ledger.hear)
  const letGo = yield* Deferred.make<void>()
  yield* Effect.addFinalizer(() => Deferred.succeed(letGo, undefined))
  const offered = (name: string, options: Known) => {
    ledger.offers(name, options)
    return options as Pick<Service.Options, "dependsOn" | "bindsTo">
  }
  const store = yield* governor.add(Service.make("store", Effect.never, offered("store", {})))
  const own = yield* Scope.make()
  yield* Layer.buildWithScope(Governor.service("cache", Effect.never, offered("cache", { bindsTo: ["store"] })), own)
    .pipe(Effect.provideService(Governor.Governor, governor))
  ledger.isLayer("cache")
  const slow = Effect.onInterrupt(Effect.never, () => Deferred.await(letGo))
  yield* governor.add(Service.make("api", slow, offered("api", { dependsOn: ["cache"] })))
  yield* governor.start
  yield* TestClock.adjust(0)
  const begins = Effect.fnUntraced(function*(command: Effect.Effect<void, unknown>) {
    yield* Effect.forkChild(command, { startImmediately: true })
    yield* TestClock.adjust(0)
  })
  const look = Effect.map(governor.status, (statuses) => {
    ledger.compare(statuses)
    return [...problems.splice(0), ...statuses.map(({ _tag, name }) => `${name} ${_tag}`)]
  })
  const close = Effect.suspend(() => {
    ledger.closes("cache")
    return Scope.close(own, Exit.void)
  })
  return { begins, close, letGo, look, store }
})

it.effect("what has lost what it is bound to stays up as its layer closes, until those that depend on it are down", () =>
  Effect.gen(function*() {
    const { begins, close, letGo, look, store } = yield* scene()
    yield* begins(close)
    yield* begins(store.stop)
    assert.deepStrictEqual(yield* look, ["store Stopped", "cache Running", "api Stopping"])
    yield* begins(Deferred.succeed(letGo, undefined))
    assert.deepStrictEqual(yield* look, ["store Stopped", "api Stopped"])
  }))

/** The books without a governor: `cache` and `api` run, and `store` does not any more. */
const told = () => {
  const problems: Array<string> = []
  const ledger = new Ledger((problem) => problems.push(problem.replace(/, which is .*/, "")))
  let sequence = 0
  const hear = (service: string, ...tags: ReadonlyArray<"Added" | "Starting" | "Ready">) => {
    for (const tag of tags) {
      const run = tag === "Added" ? 0 : 1
      ledger.hear({ _tag: `Service${tag}`, service, run, time: 0, sequence: ++sequence } as Heard)
    }
  }
  ledger.offers("cache", { bindsTo: ["store"] })
  ledger.offers("api", { dependsOn: ["cache"] })
  for (const service of ["store", "cache", "api"]) hear(service, "Added", "Starting", "Ready")
  ledger.isLayer("cache")
  const event = { service: "store", run: 1, time: 0, sequence: ++sequence } as const
  const lose = () => ledger.hear({ ...event, _tag: "ServiceStopping", reason: "stop" })
  const end = () => ledger.hear({ ...event, service: "api", _tag: "ServiceCompleted" })
  /** What the books say; the governor is said to have no services. */
  const look = () => {
    ledger.compare([])
    return problems.splice(0).filter((problem) => problem.includes("stays up"))
  }
  return { end, ledger, look, lose }
}

const found = [`"cache" stays up, and is bound to "store"`]

it.each<[string, (books: ReturnType<typeof told>) => void, ReadonlyArray<string>]>([
  ["no layer closes, though another service depends on it", ({ lose }) => lose(), found],
  ["its layer closes, and that service is up", ({ ledger, lose }) => (ledger.closes("cache"), lose()), []],
  [
    "its layer closes, and that service is down",
    ({ end, ledger, lose }) => (ledger.closes("cache"), lose(), end()),
    found
  ],
  ["no layer of its own closes", ({ ledger, lose }) => (ledger.closes("store"), lose()), found],
  ["the layer below closes", ({ ledger, lose }) => (ledger.isLayer("store"), ledger.closes("store"), lose()), []],
  ["the layer above closes", ({ ledger, lose }) => (ledger.isLayer("api"), ledger.closes("api"), lose()), found]
])("what has lost what it is bound to is found, or not: %s", (_, happens, problems) => {
  const books = told()
  happens(books)
  assert.deepStrictEqual(books.look(), problems)
})
