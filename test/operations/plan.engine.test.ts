import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CurrentLoggers } from "effect/References"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { Governor, type GovernorEvent, RestartPolicy, Service } from "../../src/index.ts"
import { sightOf } from "../../src/internal/sight.ts"
import { viewOf } from "../../src/internal/view.ts"
import { type Command, plan } from "../../src/operations/plan.ts"
import { pass, puppet, turns } from "../support.ts"

/** A service before it is built: it depends on some of those before it, and may be a governor. */
interface Draft {
  readonly dependsOn: ReadonlyArray<number>
  readonly isBound: boolean
  readonly fate: "runs" | "crashes" | "completes" | "stops" | "pending"
  readonly inside: ReadonlyArray<Draft>
}

const drafts = (depth: number): fc.Arbitrary<ReadonlyArray<Draft>> =>
  fc.array(
    fc.record({
      dependsOn: fc.uniqueArray(fc.nat(4), { maxLength: 2 }),
      isBound: fc.boolean(),
      fate: fc.constantFrom("runs", "runs", "runs", "crashes", "completes", "stops", "pending"),
      inside: depth === 0
        ? fc.constant([])
        : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: drafts(depth - 1) })
    }),
    { minLength: 1, maxLength: depth === 0 ? 3 : 5 }
  )

/** How long a stop takes, of the service that is named in the command, with those inside, and of any other. */
const [long, short] = [1000, 10]

/** Makes services of drafts. What is told to them is in `fates`. */
const build = (
  drafts: ReadonlyArray<Draft>,
  within: string,
  named: string,
  fates: Map<string, () => Effect.Effect<void>>
): ReadonlyArray<Service.Service<unknown>> =>
  drafts.map(({ dependsOn, fate, inside, isBound }, i) => {
    const name = `s${i}`
    const path = within + name
    const below = Array.from(new Set(dependsOn.filter((at) => at < i)), (at) => `s${at}`)
    const options = {
      ...(isBound ? { bindsTo: below } : { dependsOn: below }),
      restart: RestartPolicy.spaced("1 hour")
    }
    const takes = path === named || path.startsWith(`${named}/`) ? long : short
    if (inside.length === 0) {
      const { end, service } = puppet(name, options)
      if (fate === "crashes") fates.set(path, () => end(Effect.runSync(Effect.exit(Effect.fail("crashed")))))
      if (fate === "completes") fates.set(path, () => end(Effect.runSync(Effect.exit(Effect.void))))
      const restart = fate === "completes" ? RestartPolicy.never : options.restart
      const run = Effect.onInterrupt(service.run, () => Effect.sleep(takes))
      return { ...service, options: { ...service.options, restart }, run }
    }
    // With one that always runs, the stop of the governor takes its time, whatever the others do.
    const keeper = { ...puppet("keeper").service, run: Effect.onInterrupt(Effect.never, () => Effect.sleep(takes)) }
    const all = [...build(inside, `${path}/`, named, fates), keeper].map((one) =>
      Governor.service(one) as Layer.Layer<never>
    )
    const services = Layer.mergeAll(...all as [Layer.Layer<never>])
    return Governor.asService(name, services, { service: options }) as Service.Service<unknown>
  })

const commands = fc.record({
  kind: fc.constantFrom("Stop", "Restart", "Start", "Shutdown", "Shutdown"),
  at: fc.nat(30)
})

/** What the plan says, and what the governor does: who is asked to stop, and in which step of so many milliseconds. */
const compare = Effect.fnUntraced(function*(top: ReadonlyArray<Draft>, kind: Command["_tag"], at: number) {
  const paths = pathsOf(top, "")
  const named = kind === "Shutdown" ? "" : paths[at % paths.length]!
  const fates = new Map<string, () => Effect.Effect<void>>()
  const governor = yield* Governor.make()
  for (const service of build(top, "", named, fates)) yield* governor.add(service)
  for (const [i, { fate }] of top.entries()) {
    if (fate !== "pending") yield* (yield* governor.get(`s${i}`)).start
  }
  yield* turns
  for (const { _tag, name } of (yield* governor.tree.snapshot).services) {
    if (_tag === "Running") yield* Effect.exit(fates.get(name)?.() ?? Effect.void) // bound services may have gone down by now
  }
  yield* turns
  for (const [i, { fate }] of top.entries()) {
    if (fate === "stops") yield* Effect.forkChild((yield* governor.get(`s${i}`)).stop)
  }
  yield* pass(long)
  yield* pass(10 * long)
  const view = viewOf(sightOf(governor))
  const command: Command = kind === "Shutdown" ? { _tag: kind } : { _tag: kind, service: named }
  const planned = plan(view, command)
  const events: Array<GovernorEvent.GovernorEvent> = []
  governor.tree.listen((event) => events.push(event))
  const doing = kind === "Shutdown"
    ? governor.shutdown
    : Effect.flatMap(governor.get(named), (handle) => handle[kind.toLowerCase() as "stop" | "restart" | "start"])
  yield* Effect.forkChild(Effect.ignore(doing))
  yield* turns
  for (let step = 0; step < 20; step++) yield* pass(short)
  for (let step = 0; step < 8; step++) yield* pass(long)
  const seen = events.slice()
  const after = new Map((yield* governor.tree.snapshot).services.map(({ _tag, name }) => [name, _tag]))
  yield* Effect.forkChild(governor.shutdown)
  for (let step = 0; step < 8; step++) yield* pass(long)
  const stops = new Map<string, number>()
  for (const event of seen) {
    if (event._tag === "ServiceStopping") stops.set(event.service, stops.get(event.service) ?? event.time - view.now)
  }
  const begun = new Set(seen.flatMap((event) => event._tag === "ServiceStarting" ? [event.service] : []))
  return { after, before: view.services, begun, named, planned, stops }
})

const pathsOf = (drafts: ReadonlyArray<Draft>, within: string): ReadonlyArray<string> =>
  drafts.flatMap(({ inside }, i) => [`${within}s${i}`, ...pathsOf(inside, `${within}s${i}/`)])

/** The scope is not closed: after a failure the clock would not move, so the stops would not end. */
const withClock = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
  effect.pipe(
    Effect.provideService(Scope.Scope, Scope.makeUnsafe()),
    Effect.provideService(CurrentLoggers, new Set()),
    Effect.provide(TestClock.layer())
  )

describe("plan, beside the engine", () => {
  it("says who is asked to stop, and in which step", () =>
    fc.assert(
      fc.asyncProperty(drafts(1), commands, async (top, { at, kind }) => {
        const { after, before, begun, named, planned, stops } = await Effect.runPromise(
          withClock(compare(top, kind, at))
        )
        if (planned === undefined) return // there is no such service
        const steps = planned.steps.filter(({ action }) => action === "stop")
        const isSlow = (path: string) => path === named || path.startsWith(`${named}/`)
        const inPlan = steps.flatMap(({ services }, step) =>
          services.map((path) => [path, isSlow(path) ? "slow" : step * short] as const)
        )
        const seen = Array.from(stops, ([path, time]) => [path, isSlow(path) ? "slow" : time] as const)
        assert.deepStrictEqual(Object.fromEntries(inPlan), Object.fromEntries(seen), planned.sentence)
        const starts = new Set(planned.steps.flatMap(({ action, services }) => action === "start" ? services : []))
        for (const path of starts) {
          assert.isTrue(begun.has(path) || after.get(path) === "Waiting", `${path} begins, or waits`)
        }
        for (const path of begun) {
          // What waits may begin because of what the command starts, and with it what is inside.
          const waiting = Array.from(before).flatMap(([other, { _tag }]) => _tag === "Waiting" ? [other] : [])
          const isExpected = [...starts, ...waiting].some((other) => path === other || path.startsWith(`${other}/`))
          assert.isTrue(isExpected, `${path} is to begin`)
        }
      }),
      { numRuns: Number(process.env["PLAN_RUNS"] ?? 100) }
    ), 60_000)
})
