/**
 * What the engine costs, beside raw Effect in the same run: start and stop of idle services, heap for each, zero-delay
 * storms, and the time from a crash to the next run. Each figure comes from a fresh process; rounds are interleaved, and
 * the medians and their ratio are printed. Services that depend on one another have no peer: for them it is printed how
 * the time for each grows with their number, from a tenth of the count to four times that.
 *
 *   npm run bench -- [--quick] [--rounds 5] [--count 100000] [--pair governor] [--workload storm]
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { MinimumLogLevel } from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { setImmediate, setTimeout } from "node:timers/promises"
import { parseArgs } from "node:util"
import { Governor, RestartPolicy, Service } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"

/** What a service does, in both worlds. */
interface Work {
  readonly effect: Effect.Effect<void>
  readonly promise: (signal: AbortSignal) => Promise<void>
}

/** Those a service depends on, by their numbers. */
type Graph = (i: number, count: number) => ReadonlyArray<number>

interface Engine {
  /** Adds and starts `count` services, and returns what stops them. With a graph, which peers know nothing of, all are ready. */
  readonly start: (count: number, work: Work, delay: number, graph?: Graph) => Promise<() => Promise<void>>
}

const named = (i: number) => `service-${i}`

const silent = Context.make(MinimumLogLevel, "None")
const promise = Effect.runPromiseWith(silent)

const raw: Engine = {
  start: async (count, work, delay) => {
    const scope = Scope.makeUnsafe()
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) {
        yield* Effect.forkIn(Effect.repeat(Effect.exit(work.effect), Schedule.spaced(delay)), scope)
      }
      yield* Effect.yieldNow // the last of them has started
    }))
    return () => promise(Scope.close(scope, Exit.void))
  }
}

const governor: Engine = {
  start: async (count, work, delay, graph) => {
    const scope = Scope.makeUnsafe()
    const options = { restart: RestartPolicy.spaced(delay) }
    const governor = await promise(Scope.provide(Governor.make(options), scope))
    await promise(Effect.gen(function*() {
      for (let i = 0; i < count; i++) {
        const options = graph && { dependsOn: graph(i, count).map(named) }
        yield* governor.add(Service.make(named(i), work.effect, options))
      }
      yield* governor.start
      if (graph !== undefined) yield* governor.awaitReady
    }))
    return async () => {
      const { services } = await promise(governor.shutdown)
      if (services.length !== count) throw new Error(`${services.length} services were stopped, not ${count}`)
    }
  }
}

/** The loop one writes by hand, with an AbortController for each service. */
const handWritten: Engine = {
  start: async (count, work, delay) => {
    const loops = Array.from({ length: count }, () => {
      const controller = new AbortController()
      return { controller, loop: handLoop(controller.signal, work.promise, delay) }
    })
    return async () => {
      loops.forEach(({ controller }) => controller.abort())
      await Promise.all(loops.map(({ loop }) => loop))
    }
  }
}

const handLoop = async (signal: AbortSignal, run: (signal: AbortSignal) => Promise<void>, delay: number) => {
  while (!signal.aborted) {
    try {
      await run(signal)
    } catch {
      // as if logged
    }
    if (signal.aborted) return
    await (delay === 0 ? setImmediate() : setTimeout(delay, undefined, { signal }).catch(() => {}))
  }
}

const facade: Engine = {
  start: async (count, work, delay, graph) => {
    const governor = new Facade({ log: () => {} }).restart(delay)
    for (let i = 0; i < count; i++) {
      const options = graph && { dependsOn: graph(i, count).map(named) }
      governor.add(named(i), (api) => work.promise(api.signal), options)
    }
    governor.start()
    if (graph !== undefined) await governor.whenReady()
    return async () => {
      const { services } = await governor.shutdown()
      if (services.length !== count) throw new Error(`${services.length} services were stopped, not ${count}`)
    }
  }
}

/** Waits for its end, and does nothing else. */
const waits: Work = {
  effect: Effect.never,
  promise: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
}

const engines: Record<string, Engine> = { raw, governor, handWritten, facade }

const now = () => performance.now()
const heap = () => {
  global.gc?.()
  return process.memoryUsage().heapUsed
}

const idle = async (engine: Engine, count: number, graph?: Graph) => {
  const stopWarmUp = await engine.start(1000, waits, 3_600_000, graph)
  await stopWarmUp()
  const before = heap()
  const started = now()
  const stop = await engine.start(count, waits, 3_600_000, graph)
  const start = now() - started
  const each = (heap() - before) / count
  const stopped = now()
  await stop()
  return { "start ms": start, "heap bytes each": each, "stop ms": now() - stopped }
}

/** What a restart takes while `services` services end at once, again and again. */
const storm = async (engine: Engine, services: number, end: "returned" | "threw", millis: number) => {
  let runs = 0
  const body = () => {
    runs++
    if (end === "threw") throw new Error("thrown")
  }
  const stop = await engine.start(services, { effect: Effect.sync(body), promise: async () => body() }, 0)
  await setTimeout(300) // warm
  const [began, before] = [now(), runs]
  await setTimeout(millis)
  const perRestart = 1e6 * (now() - began) / (runs - before)
  await stop()
  return { [`restart ns, ${services} × ${end}`]: perRestart }
}

const crashToNext = async (engine: Engine, count: number) => {
  const gaps: Array<number> = []
  let crashed = 0
  const effect = Effect.suspend(() => {
    if (crashed > 0) gaps.push(now() - crashed)
    return Effect.andThen(
      Effect.callback<void>((resume) => void globalThis.setImmediate(() => resume(Effect.void))),
      Effect.suspend(() => {
        crashed = now()
        return Effect.die("crash")
      })
    )
  })
  const stop = await engine.start(1, { ...waits, effect }, 0)
  while (gaps.length < count) await setTimeout(10)
  await stop()
  gaps.sort((a, b) => a - b)
  return { "crash to next run µs": 1000 * gaps[gaps.length >> 1]! }
}

/** Each depends on the one before. */
const chain: Graph = (i) => i === 0 ? [] : [i - 1]

/** All depend on the first, and the last on all. */
const fan: Graph = (i, count) => i === 0 ? [] : i < count - 1 ? [0] : Array.from({ length: i }, (_, j) => j)

type Workloads = Record<string, (engine: Engine, count: number) => Promise<Record<string, number>>>

const workloads: Workloads = {
  idle: (engine, count) => idle(engine, count),
  "storm 1 returned": (engine) => storm(engine, 1, "returned", 1000),
  "storm 1 threw": (engine) => storm(engine, 1, "threw", 1000),
  "storm 100 returned": (engine) => storm(engine, 100, "returned", 1000),
  "storm 100 threw": (engine) => storm(engine, 100, "threw", 1000),
  crash: (engine) => crashToNext(engine, 2000)
}

const graphs: Workloads = {
  chain: (engine, count) => idle(engine, count, chain),
  fan: (engine, count) => idle(engine, count, fan)
}

const { crash: _, ...ofPromises } = workloads

const pairs = [
  { peer: "raw", ours: "governor", workloads },
  { peer: "handWritten", ours: "facade", workloads: ofPromises }
]

const measure = (engine: string, workload: string, count: number): Record<string, number> => {
  const args = ["--expose-gc", import.meta.filename, "--one", engine, "--workload", workload, "--count", String(count)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }))
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const shown = (values: ReadonlyArray<number>) =>
  `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)})`

const compare = (peer: string, ours: string, workload: string, rounds: number, count: number) => {
  const results = Array.from({ length: rounds }, () => ({
    peer: measure(peer, workload, count),
    ours: measure(ours, workload, count)
  }))
  return Object.keys(results[0]!.peer).map((figure) => ({
    figure,
    [peer]: shown(results.map((result) => result.peer[figure]!)),
    [ours]: shown(results.map((result) => result.ours[figure]!)),
    ratio: median(results.map((result) => result.ours[figure]! / result.peer[figure]!)).toFixed(2)
  }))
}

/** What each service takes, of so many and of four times as many. */
const grow = (engine: string, workload: string, rounds: number, count: number) => {
  const results = Array.from({ length: rounds }, () => ({
    few: each(measure(engine, workload, count), count),
    many: each(measure(engine, workload, 4 * count), 4 * count)
  }))
  return Object.keys(results[0]!.few).map((figure) => ({
    figure: `${workload}, ${engine}: ${figure}`,
    [`${count} services`]: shown(results.map((result) => result.few[figure]!)),
    [`${4 * count} services`]: shown(results.map((result) => result.many[figure]!)),
    ratio: median(results.map((result) => result.many[figure]! / result.few[figure]!)).toFixed(2)
  }))
}

const each = (figures: Record<string, number>, count: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(figures).map(([figure, value]) =>
      figure.endsWith(" ms") ? [figure.replace(" ms", " µs each"), 1000 * value / count] : [figure, value]
    )
  )

const { values } = parseArgs({
  options: {
    one: { type: "string" },
    workload: { type: "string" },
    pair: { type: "string" },
    count: { type: "string", default: "100000" },
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false }
  }
})
const count = values.quick ? 10_000 : Number(values.count)
const rounds = values.quick ? 1 : Number(values.rounds)

const chosen = (workloads: Workloads) =>
  Object.keys(workloads).filter((workload) => values.workload === undefined || workload.startsWith(values.workload))

const print = (rows: ReadonlyArray<object>) => {
  if (rows.length > 0) console.table(rows)
}

if (values.one !== undefined) {
  const workload = { ...workloads, ...graphs }[values.workload!]!
  console.log(JSON.stringify(await workload(engines[values.one]!, count)))
  process.exit()
} else {
  console.log(
    `node ${process.version}, ${count} services, ${rounds} rounds: median (min–max), ratio of ours to the peer, ` +
      "or of what each takes of many to what each takes of few"
  )
  for (const { peer, ours, workloads } of pairs) {
    if (values.pair !== undefined && values.pair !== ours) continue
    print(chosen(workloads).flatMap((workload) => compare(peer, ours, workload, rounds, count)))
    print(chosen(graphs).flatMap((workload) => grow(ours, workload, rounds, Math.ceil(count / 10))))
  }
}
