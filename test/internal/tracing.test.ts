import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { TracerEnabled } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"
import * as Tracer from "effect/Tracer"
import { Governor, RestartPolicy, Service, ServiceRun } from "../../src/index.ts"

/** A tracer which keeps its spans. */
const recorded = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const ends = new Map<Tracer.NativeSpan, number>()
  /** Those that were said to have no parent, whatever else is open. */
  const roots = new Set<Tracer.NativeSpan>()
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      if (options.root) roots.add(span)
      const end = span.end.bind(span)
      span.end = (...args) => {
        ends.set(span, (ends.get(span) ?? 0) + 1)
        end(...args)
      }
      return span
    }
  })
  return { spans, ends, roots, tracer }
}

const outcome = (exit: Exit.Exit<unknown, unknown>) =>
  exit._tag === "Success"
    ? "ok"
    : Cause.hasInterruptsOnly(exit.cause)
    ? "interrupted"
    : String(Cause.squash(exit.cause))

/** `parent > name of service#run: 5 ms, ok` */
const short = (span: Tracer.NativeSpan) => {
  const parent = Option.match(span.parent, {
    onNone: () => "",
    onSome: (parent) => parent._tag === "Span" ? `${parent.name} > ` : "external > "
  })
  const name = span.attributes.get("service") as string | undefined
  const service = name === undefined ? "" : ` ${name}#${span.attributes.get("run") as number}`
  if (span.status._tag === "Started") return `${parent}${span.name}${service}: open`
  const millis = (span.status.endTime - span.status.startTime) / 1_000_000n
  return `${parent}${span.name}${service}: ${millis} ms, ${outcome(span.status.exit)}`
}

describe("spans (rule 28)", () => {
  it.effect("are the start of each run, until it is ready, and each stop; the stops of a shutdown are inside of it", () => {
    const { roots, spans, tracer } = recorded()
    return Effect.gen(function*() {
      const governor = yield* Governor.make({ name: "shop", restart: RestartPolicy.onFailure(1000) })
      const slow = Effect.gen(function*() {
        yield* Effect.sleep(20)
        yield* ServiceRun.ready
        return yield* Effect.onInterrupt(Effect.never, () => Effect.sleep(5))
      })
      yield* governor.add(Service.make("slow", slow, { readiness: "manual" }))
      const handle = yield* governor.add(Service.make("quick", Effect.never))
      yield* governor.start
      yield* TestClock.adjust(20)
      yield* handle.stop
      const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(5)
      assert.isDefined(shutdown.pollUnsafe())
      assert.deepStrictEqual(spans.map(short), [
        "governor.service.start slow#1: 20 ms, ok",
        "governor.service.start quick#1: 0 ms, ok",
        "governor.service.stop quick#1: 0 ms, ok",
        "governor.shutdown: 5 ms, ok",
        "governor.shutdown > governor.service.stop slow#1: 5 ms, ok"
      ])
      assert.deepStrictEqual(spans.map((span) => roots.has(span)), [true, true, true, true, false])
      assert.deepStrictEqual(Object.fromEntries(spans[2]!.attributes), {
        governor: "shop",
        service: "quick",
        run: 1,
        reason: "stop"
      })
      assert.deepStrictEqual(Object.fromEntries(spans[3]!.attributes), {
        governor: "shop",
        reason: "Requested",
        ok: true
      })
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.effect("end as what they tell of", () => {
    const { ends, spans, tracer } = recorded()
    return Effect.gen(function*() {
      const governor = yield* Governor.make({ stopTimeout: 10 })
      yield* governor.add(Service.make("crashes", Effect.die("no")))
      yield* governor.add(Service.make("returns", Effect.void, { readiness: "manual" }))
      yield* governor.add(Service.make("unready", Effect.never, { readiness: "manual" }))
      yield* governor.add(Service.make("fails", Effect.onInterrupt(Effect.never, () => Effect.die("late"))))
      yield* governor.add(Service.make("hung", Effect.uninterruptible(Effect.never)))
      yield* governor.add(
        Service.make("backs off", Effect.die("no"), { restart: RestartPolicy.spaced("1 hour") })
      )
      yield* governor.start
      const shutdown = yield* Effect.forkChild(governor.shutdown, { startImmediately: true })
      yield* TestClock.adjust(10)
      assert.isDefined(shutdown.pollUnsafe())
      assert.deepStrictEqual(spans.map(short).toSorted(), [
        "governor.service.start backs off#1: 0 ms, no",
        "governor.service.start crashes#1: 0 ms, no",
        "governor.service.start fails#1: 0 ms, ok",
        "governor.service.start hung#1: 0 ms, ok",
        "governor.service.start returns#1: 0 ms, ok",
        "governor.service.start unready#1: 0 ms, interrupted",
        "governor.shutdown > governor.service.stop backs off#1: 0 ms, ok",
        "governor.shutdown > governor.service.stop fails#1: 0 ms, late",
        "governor.shutdown > governor.service.stop hung#1: 10 ms, " +
        "RunAbandoned: run 1 of service \"hung\" did not end within 10 ms, and was abandoned",
        "governor.shutdown > governor.service.stop unready#1: 0 ms, ok",
        "governor.shutdown: 10 ms, ok"
      ])
      assert.deepStrictEqual([...ends.values()], spans.map(() => 1), "each once")
      assert.strictEqual(spans.find(({ name }) => name === "governor.shutdown")?.attributes.get("ok"), false)
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.effect("end when a restart by hand comes in a backoff", () => {
    const { spans, tracer } = recorded()
    return Effect.gen(function*() {
      const governor = yield* Governor.make({ restart: RestartPolicy.spaced(1000) })
      const handle = yield* governor.add(Service.make("a", Effect.die("no")))
      yield* governor.start
      yield* handle.restart
      yield* governor.shutdown
      assert.deepStrictEqual(spans.map(short).filter((line) => line.endsWith("open")), [])
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.effect("are no parents of what a run does, nor is the span the service was added in", () => {
    const { spans, tracer } = recorded()
    return Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* Effect.withSpan(governor.add(Service.make("a", Effect.withSpan(Effect.void, "own"))), "outside")
      yield* Effect.withSpan(governor.start, "outside")
      const own = spans.find((span) => span.name === "own")
      assert.isTrue(own !== undefined && Option.isNone(own.parent))
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.effect("of a tracer that throws harm nobody", () => {
    const tracer = Tracer.make({
      span() {
        throw new Error("a broken tracer")
      }
    })
    return Effect.gen(function*() {
      const governor = yield* Governor.make()
      const handle = yield* governor.add(Service.make("a", Effect.never))
      yield* governor.start
      assert.strictEqual((yield* handle.status)._tag, "Running")
      assert.isTrue((yield* governor.shutdown).ok)
      const log = (yield* TestConsole.logLines).join("\n")
      assert.include(log, "an event could not be delivered")
      assert.include(log, "a broken tracer")
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.effect("are not made where tracing is off", () => {
    const { spans, tracer } = recorded()
    return Effect.gen(function*() {
      const governor = yield* Governor.make()
      yield* governor.add(Service.make("a", Effect.never))
      yield* governor.start
      yield* governor.shutdown
      assert.deepStrictEqual(spans, [])
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer), Effect.provideService(TracerEnabled, false))
  })
})
