/** 100,000 services in one process, and 10,000 that depend on one another. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import * as Scope from "effect/Scope"
import { Governor, RestartPolicy, Service, ServiceRun } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"
import { aborted } from "./aborted.ts"

const count = 100_000

describe("100,000 services", () => {
  it.effect("start, run, restart and stop", () =>
    Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(0) })
      const allRan = yield* Deferred.make<void>()
      let [runs, stops] = [0, 0]
      for (let i = 0; i < count; i++) {
        let own = 0
        const run = Effect.suspend(() => {
          if (++runs === 1.5 * count) Deferred.doneUnsafe(allRan, Exit.void)
          if (++own === 1 && i % 2 === 0) return Effect.void // half of them twice
          return Effect.onInterrupt(Effect.never, () => Effect.sync(() => stops++))
        })
        yield* governor.add(Service.make(`service-${i}`, run))
      }
      yield* governor.start
      yield* Deferred.await(allRan)
      yield* Effect.yieldNow // the last of them is ready
      const statuses = yield* governor.status
      assert.isTrue(statuses.every(({ _tag, restarts }, i) => _tag === "Running" && restarts === (i + 1) % 2))
      const report = yield* governor.shutdown
      assert.deepStrictEqual([report.ok, report.services.length, runs, stops], [true, count, 1.5 * count, count])
    }).pipe(Effect.scoped, Effect.provideService(MinimumLogLevel, "None")))

  it("start, run and stop by the facade", async () => {
    const governor = new Facade({ log: () => {} })
    let [runs, stops] = [0, 0]
    for (let i = 0; i < count; i++) {
      governor.add(`service-${i}`, {
        run: ({ signal }) => {
          runs++
          return new Promise((resolve) => signal.addEventListener("abort", () => resolve()))
        },
        stop: () => {
          stops++
        }
      })
    }
    governor.start()
    await governor.whenReady()
    assert.isTrue(governor.status().every(({ _tag }) => _tag === "Running"))
    const report = await governor.shutdown()
    assert.deepStrictEqual([report.ok, report.services.length, runs, stops], [true, count, count, count])
  })
})

const many = 10_000

/** Services by their names, and those each depends on. */
type Graph = ReadonlyArray<readonly [name: string, dependsOn: ReadonlyArray<string>]>

const names = (count: number) => Array.from({ length: count }, (_, i) => `service-${i}`)

/** Each depends on the one before. */
const chain = (count: number): Graph => names(count).map((name, i, all) => [name, all.slice(Math.max(0, i - 1), i)])

/** All depend on the first, and the last on all. */
const fan = (count: number): Graph =>
  names(count).map((name, i, all) => [name, i < count - 1 ? all.slice(0, Math.min(1, i)) : all.slice(0, i)])

/** Each depends on the one that was added after it. */
const backwards = (count: number): Graph => chain(count).toReversed()

const shapes = [["a chain", chain], ["a chain, added backwards", backwards], ["a fan", fan]] as const

const silently = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provideService(effect, MinimumLogLevel, "None"))

const added = async (services: Graph, run: Effect.Effect<void, string> = Effect.never) => {
  const governor = await silently(Scope.provide(Governor.make(), Scope.makeUnsafe()))
  const add = ([name, dependsOn]: Graph[number]) => governor.add(Service.make(name, run, { dependsOn }))
  return { governor, handles: await silently(Effect.forEach(services, add)) }
}

type Listener = (event: { readonly _tag: string; readonly service?: string }) => void

/** Starts them, and returns what stops them once all are ready. */
const engines: Record<
  string,
  (services: Graph, listener?: Listener) => Promise<() => Promise<{ readonly ok: boolean }>>
> = {
  "the core": async (services, listener) => {
    const { governor } = await added(services)
    if (listener !== undefined) governor.listen(listener)
    await silently(Effect.andThen(governor.start, governor.awaitReady))
    return () => silently(governor.shutdown)
  },
  "the facade": async (services, listener) => {
    const governor = new Facade({ log: () => {} })
    if (listener !== undefined) governor.onEvent(listener)
    for (const [name, dependsOn] of services) governor.add(name, aborted, { dependsOn })
    governor.start()
    await governor.whenReady()
    return () => governor.shutdown()
  }
}

interface Times {
  readonly start: number
  readonly stop: number
}

/** The processor time of this process, in microseconds: it does not grow with what else the machine does. */
const time = () => {
  const { system, user } = process.cpuUsage()
  return system + user
}

/** How many times longer it takes of 10,000 at a time than of 1,000, ten times: the best of some rounds of each. */
const growth = async (measure: (count: number) => Promise<Times>): Promise<Times> => {
  const best = { few: { start: Infinity, stop: Infinity }, all: { start: Infinity, stop: Infinity } }
  const lower = (found: Times, than: { start: number; stop: number }) => {
    than.start = Math.min(than.start, found.start)
    than.stop = Math.min(than.stop, found.stop)
  }
  for (let round = 0; round < 4; round++) {
    const tenTimes = { start: 0, stop: 0 }
    for (let i = 0; i < 10; i++) {
      const { start, stop } = await measure(many / 10)
      tenTimes.start += start
      tenTimes.stop += stop
    }
    lower(tenTimes, best.few)
    lower(await measure(many), best.all)
  }
  return { start: best.all.start / best.few.start, stop: best.all.stop / best.few.stop }
}

/** What it takes to start, and to do what `begin` has returned. */
const timed = async (begin: () => Promise<() => Promise<unknown>>): Promise<Times> => {
  const began = time()
  const stop = await begin()
  const begun = time()
  await stop()
  return { start: begun - began, stop: time() - begun }
}

// A list of all of them that is searched for each of them would make ten times as many take a hundred times as long.
const assertLinear = async (measure: (count: number) => Promise<Times>) => {
  const { start, stop } = await growth(measure)
  assert.isBelow(start, 3, "start")
  assert.isBelow(stop, 3, "stop")
}

for (const [engine, begin] of Object.entries(engines)) {
  describe(`10,000 services that depend on one another, by ${engine}`, () => {
    it.each(shapes)("%s starts and stops in order", async (shape, graph) => {
      const told = { ServiceStarting: [], ServiceReady: [], ServiceStopping: [], ServiceStopped: [] }
      const lists: Record<string, Array<string>> = told
      const all = names(many)
      const shutdown = await begin(graph(many), ({ _tag, service }) => {
        if (service !== undefined) lists[_tag]?.push(service)
      })
      assert.deepStrictEqual([told.ServiceStarting, told.ServiceReady], [all, all])
      assert.isTrue((await shutdown()).ok)
      const down = shape === "a fan" ? [...all.slice(-1), ...all.slice(1, -1), ...all.slice(0, 1)] : all.toReversed()
      assert.deepStrictEqual([told.ServiceStopping, told.ServiceStopped], [down, down])
    })

    it.each(shapes)(
      "%s takes time in proportion to their number",
      (_, graph) =>
        assertLinear((count) => {
          const services = graph(count)
          return timed(() => begin(services))
        })
    )
  })
}

describe("10,000 services that wait", () => {
  it.effect.each<[string, (i: number) => ReadonlyArray<string> | undefined]>([
    ["in a chain", (i) => i === 0 ? undefined : [`s${i - 1}`]],
    ["all for the first", (i) => i === 0 ? undefined : ["s0"]],
    ["the last for all", (i) => i < many - 1 ? undefined : Array.from({ length: many - 1 }, (_, j) => `s${j}`)]
  ])("%s", ([, dependsOn]) =>
    Effect.gen(function*() {
      const governor = yield* Governor.make()
      const readies = new Map<string, Effect.Effect<void>>()
      const run = ServiceRun.use(({ name, ready }) => {
        readies.set(name, ready)
        return Effect.never
      })
      for (let i = 0; i < many; i++) {
        yield* governor.add(Service.make(`s${i}`, run, { readiness: "manual", dependsOn: dependsOn(i) }))
      }
      const told = new Map<string, ReadonlyArray<string>>()
      governor.listen((event) => event._tag === "ServiceWaiting" && told.set(event.service, event.waitingFor))
      yield* governor.start
      for (const status of yield* governor.status) {
        const waitingFor = dependsOn(Number(status.name.slice(1)))
        assert.deepStrictEqual(status._tag === "Waiting" ? status.waitingFor : undefined, waitingFor)
        assert.deepStrictEqual(told.get(status.name), waitingFor)
      }
      for (let i = 0; i < many; i++) yield* readies.get(`s${i}`)!
      assert.isTrue((yield* governor.status).every(({ _tag }) => _tag === "Running"))
    }).pipe(Effect.scoped, Effect.provideService(MinimumLogLevel, "None")))
})

it("a chain whose first fails has failed as a whole", async () => {
  const { governor } = await added(chain(many), Effect.fail("no connection"))
  await silently(governor.start)
  const { services } = await silently(governor.awaitShutdown)
  assert.deepStrictEqual(
    services.map(({ name, outcome }) => `${name} ${outcome}`),
    names(many).map((name) => `${name} Failed`)
  )
})

it.each(["as added", "in reverse"])(
  "a chain whose layers close one by one, %s, takes time in proportion to their number",
  (order) =>
    assertLinear((count) =>
      timed(async () => {
        const { governor, handles } = await added(chain(count))
        await silently(Effect.andThen(governor.start, governor.awaitReady))
        const closing = order === "as added" ? handles : handles.toReversed()
        return () =>
          silently(Effect.forEach(closing, (handle) => governor.door.release(handle, Exit.void), { discard: true }))
      })
    )
)
