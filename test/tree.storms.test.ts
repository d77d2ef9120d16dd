/**
 * Random trees of governors, whose services crash, restart, are stopped and removed: a snapshot and the events after it
 * never miss or double one. `TREE_RUNS=10000 npm exec -c 'vitest run test/tree.storms.test.ts'` tries more of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MinimumLogLevel } from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { setImmediate } from "node:timers/promises"
import { Governor, type GovernorEvent, RestartPolicy, Service, ServiceStatus } from "../src/index.ts"
import { Governor as Facade } from "../src/promise/index.ts"

const runs = Number(process.env["TREE_RUNS"] ?? 300)

interface Leaf {
  readonly kind: "leaf"
  /** How many runs in a row crash at once. */
  readonly crashes: number
  readonly significant: boolean
}

interface Inner {
  readonly kind: "core" | "facade"
  readonly strategy: "one-for-one" | "one-for-all" | "rest-for-one"
  readonly children: ReadonlyArray<Node>
}

type Node = Leaf | Inner

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record<Leaf>({ kind: fc.constant("leaf"), crashes: fc.nat(3), significant: fc.boolean() }),
    fc.record<Inner>({
      kind: fc.constantFrom("core", "facade"),
      strategy: fc.constantFrom("one-for-one", "one-for-all", "rest-for-one"),
      children: fc.array(tie("node"), { minLength: 1, maxLength: 3 })
    })
  )
}))

const which = fc.nat(20)

interface Command {
  readonly say: "stop" | "start" | "restart" | "remove"
  readonly which: number
}

const command = fc.record<Command>({ say: fc.constantFrom("stop", "start", "restart", "remove"), which })

type Step =
  | Command
  | { readonly end: "crash" | "complete"; readonly which: number }
  | { readonly pass: number }
  | { readonly turn: true }

const step = fc.oneof<Array<fc.Arbitrary<Step>>>(
  fc.record({ end: fc.constantFrom("crash", "complete"), which }),
  command,
  fc.record({ pass: fc.constantFrom(0, 500, 1000) }),
  fc.constant({ turn: true })
)

/** What a listener does as it hears the event of this number. */
const reflex = fc.record({ at: fc.nat(60), does: fc.oneof(command, fc.constant("snapshot")) })

interface Plan {
  readonly services: ReadonlyArray<Node>
  readonly steps: ReadonlyArray<Step>
  readonly reflexes: ReadonlyArray<{ readonly at: number; readonly does: Command | "snapshot" }>
}

const plan: fc.Arbitrary<Plan> = fc.record({
  services: fc.array(node, { minLength: 1, maxLength: 3 }),
  steps: fc.array(step, { maxLength: 25 }),
  reflexes: fc.array(reflex, { maxLength: 10 })
})

const restart = RestartPolicy.spaced("500 millis")
const atOnce = RestartPolicy.spaced(0)

/** The paths of the services, and how the run ends that each has now. */
class Stage {
  readonly paths: Array<string> = []
  readonly ends = new Map<string, (how: "crash" | "complete") => void>()

  pathOf(which: number): string {
    return this.paths[which % this.paths.length]!
  }

  core(node: Node, path: string): Service.Service<unknown> {
    this.paths.push(path)
    const name = path.split("/").at(-1)!
    if (node.kind === "leaf") return this.leaf(node, name, path)
    if (node.kind === "facade") return Service.fromPromise(name, this.inside(node, path), { restart })
    const services = node.children.map((child, i) => Governor.service(this.core(child, `${path}/s${i}`)))
    const [first, ...others] = services
    const { strategy } = node
    return Governor.asService(name, Layer.mergeAll(first!, ...others), { strategy, restart, service: { restart } })
  }

  leaf({ crashes, significant }: Leaf, name: string, path: string): Service.Service<unknown> {
    let left = crashes
    const run = Effect.callback<void, string>((resume) => {
      if (left-- > 0) return resume(Effect.fail("at once"))
      this.ends.set(path, (how) => resume(how === "crash" ? Effect.fail("later") : Effect.void))
    })
    return Service.make(name, run, { significant, restart: significant ? RestartPolicy.never : atOnce })
  }

  /** What the facade gets, of what may be in a governor of the facade. */
  promised(node: Node, path: string) {
    this.paths.push(path)
    if (node.kind !== "leaf") return this.inside(node, path)
    let left = node.crashes
    return ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((resolve, reject) => {
        if (left-- > 0) return reject(new Error("at once"))
        signal.addEventListener("abort", () => resolve())
        this.ends.set(path, (how) => how === "crash" ? reject(new Error("later")) : resolve())
      })
  }

  inside({ children, strategy }: Inner, path: string) {
    const services = children.map((child, i) => [child, this.promised(child, `${path}/s${i}`)] as const)
    return Facade.asService((governor) => {
      for (const [i, [child, service]] of services.entries()) {
        const isSignificant = child.kind === "leaf" && child.significant
        governor.add(`s${i}`, service, isSignificant ? { significant: true } : { restart: 0 })
      }
    }, { strategy })
  }
}

interface Seen {
  readonly snapshot: ServiceStatus.Snapshot
  readonly ofTree: boolean
}

/** Plays a plan, and returns what was heard and seen. */
const play = Effect.fnUntraced(function*({ reflexes, services, steps }: Plan) {
  yield* TestClock.adjust(0)
  const governor = yield* Governor.make({ restart })
  const stage = new Stage()
  const [heard, own]: [Array<GovernorEvent.GovernorEvent>, Array<GovernorEvent.GovernorEvent>] = [[], []]
  const seen: Array<Seen> = []
  const look = () => {
    seen.push({ snapshot: Effect.runSync(governor.tree.snapshot), ofTree: true })
    seen.push({ snapshot: Effect.runSync(governor.snapshot), ofTree: false })
  }
  const give = ({ say, which }: Command) => {
    const given = Effect.flatMap(
      governor.get(stage.pathOf(which)),
      (handle): Effect.Effect<void, unknown> => handle[say]
    )
    Effect.runFork(Effect.ignore(given))
  }
  governor.tree.listen((event) => {
    heard.push(event)
    for (const { at, does } of reflexes) {
      if (at !== heard.length) continue
      if (typeof does === "object") give(does)
      else look()
    }
  })
  governor.listen((event) => {
    own.push(event)
    if (reflexes.some(({ at }) => at === own.length)) look()
  })
  // A reflex may have ended the governor by then.
  for (const [i, node] of services.entries()) yield* Effect.exit(governor.add(stage.core(node, `s${i}`)))
  yield* governor.start
  for (const step of steps) {
    look()
    if ("end" in step) stage.ends.get(stage.pathOf(step.which))?.(step.end)
    else if ("say" in step) give(step)
    else if ("pass" in step) yield* TestClock.adjust(step.pass)
    else yield* Effect.promise(() => setImmediate())
  }
  look()
  yield* governor.shutdown
  look()
  return { heard, own, seen }
})

const check = ({ heard, own, seen }: Effect.Success<ReturnType<typeof play>>) => {
  assert.deepStrictEqual(heard.map(({ sequence }) => sequence), heard.map((_, i) => i + 1))
  for (const ofTree of [true, false]) {
    const events = ofTree ? heard : own
    const snapshots = seen.filter((seen) => seen.ofTree === ofTree).map(({ snapshot }) => snapshot)
    for (const [i, snapshot] of snapshots.entries()) {
      const until = events.filter(({ sequence }) => sequence <= snapshot.sequence)
      assert.deepStrictEqual(ServiceStatus.replay(until), snapshot.services)
      for (const earlier of [snapshots[i - 1], snapshots[Math.floor(i / 2)]]) {
        if (earlier !== undefined) assert.deepStrictEqual(ServiceStatus.replay(until, earlier), snapshot.services)
      }
    }
  }
}

describe("a tree in storms", () => {
  it.effect(
    "a snapshot and the later events give every later snapshot, and no number is missing",
    () =>
      Effect.promise(async () => {
        const met = new Set<string>()
        const property = fc.asyncProperty(plan, async (plan) => {
          const played = play(plan).pipe(Effect.scoped, Effect.provideService(MinimumLogLevel, "None"))
          const { heard, ...others } = await Effect.runPromise(Effect.provide(played, TestClock.layer()))
          check({ heard, ...others })
          for (const event of heard) {
            const path = "service" in event ? event.service : event.governor ?? ""
            met.add(`${event._tag}, depth ${path.split("/").length}`)
          }
        })
        await fc.assert(property, { numRuns: runs })
        for (
          const tag of ["ServiceCrashed", "ServiceRemoved", "RestartScheduled", "ServiceStopping", "ShutdownStarted"]
        ) {
          for (const depth of [1, 2, 3]) assert.include([...met], `${tag}, depth ${depth}`)
        }
      }),
    60_000 + 40 * runs
  )
})
