/**
 * Random trees of governors in storms, and clients that follow them through the doors, are cut off and come back: what a
 * client has put together is what the governor says of the same moment. `STREAM_RUNS=2000 npm exec -c 'vitest run
 * test/http/following.storms.test.ts'` tries more of them.
 */
import * as fc from "fast-check"
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { operations } from "../../src/http/index.ts"
import { Governor, type ServiceAPI } from "../../src/promise/index.ts"
import { byFetch, byTcp, Follower, inOrder } from "./following.ts"

const runs = Number(process.env["STREAM_RUNS"] ?? 60)

/** How many events are kept for those who come back. */
const keep = 40

interface Leaf {
  /** How many runs in a row crash at once. */
  readonly crashes: number
}

interface Inner {
  readonly strategy: "one-for-one" | "one-for-all" | "rest-for-one"
  readonly children: ReadonlyArray<Node>
}

type Node = Leaf | Inner

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record<Leaf>({ crashes: fc.nat(2) }),
    fc.record<Inner>({
      strategy: fc.constantFrom("one-for-one", "one-for-all", "rest-for-one"),
      children: fc.array(tie("node"), { minLength: 1, maxLength: 3 })
    })
  )
}))

const which = fc.nat(20)

/** How a client comes back: with the id that it had last, or with one that is not known. */
const ways = ["snapshot", "last", "last", "first", "old", "ahead", "foreign", "garbage"] as const

type Step =
  | { readonly add: Node }
  | { readonly say: "stop" | "start" | "restart" | "remove"; readonly which: number }
  | { readonly end: "crash" | "complete"; readonly which: number }
  | { readonly client: number; readonly follows: typeof ways[number]; readonly waits: boolean }
  | { readonly client: number; readonly does: "cut" | "catch up" }
  | { readonly turns: number }

const client = fc.nat(3)

const step = fc.oneof<Array<fc.Arbitrary<Step>>>(
  fc.record({ add: node }),
  fc.record({ say: fc.constantFrom("stop", "start", "restart", "remove"), which }),
  fc.record({ end: fc.constantFrom("crash", "complete"), which }),
  fc.record({ client, follows: fc.constantFrom(...ways), waits: fc.boolean() }),
  fc.record({ client, does: fc.constantFrom("cut", "catch up") }),
  fc.record({ turns: fc.integer({ min: 1, max: 3 }) })
)

interface Plan {
  readonly services: ReadonlyArray<Node>
  readonly steps: ReadonlyArray<Step>
  /** The clients that come at the moment of the shutdown. */
  readonly late: ReadonlyArray<number>
}

const plan = fc.record<Plan>({
  services: fc.array(node, { minLength: 1, maxLength: 3 }),
  steps: fc.array(step, { minLength: 10, maxLength: 50 }),
  late: fc.uniqueArray(client)
})

/** A governor whose services do as they are told, and what was so at the moment of each event. */
class Stage {
  readonly governor = new Governor({ log: () => {} }).restart(0)
  readonly paths: Array<string> = []
  readonly ends = new Map<string, (how: "crash" | "complete") => void>()
  readonly truth = new Map<number, unknown>()
  #count = 0

  constructor() {
    this.governor.onEvent(() => this.look(), { tree: true })
  }

  look(): string {
    const { sequence, services } = this.governor.snapshot({ tree: true })
    this.truth.set(sequence, JSON.parse(JSON.stringify(services)))
    return inOrder(services)
  }

  get sequence(): number {
    return this.governor.snapshot({ tree: true }).sequence
  }

  pathOf(which: number): string {
    return this.paths[which % this.paths.length]!
  }

  add(node: Node): void {
    const name = `s${this.#count++}`
    this.governor.add(name, this.made(node, name))
  }

  made(node: Node, path: string) {
    if (!this.paths.includes(path)) this.paths.push(path)
    if (!("children" in node)) return this.leaf(node, path)
    return Governor.asService((inner) => {
      node.children.forEach((child, i) => inner.add(`s${i}`, this.made(child, `${path}/s${i}`)).restart(0))
    }, { strategy: node.strategy })
  }

  leaf({ crashes }: Leaf, path: string) {
    let left = crashes
    return ({ signal }: ServiceAPI) =>
      new Promise<void>((resolve, reject) => {
        if (left-- > 0) return reject(new Error("at once"))
        signal.addEventListener("abort", () => resolve())
        this.ends.set(path, (how) => how === "crash" ? reject(new Error("later")) : resolve())
      })
  }

  give(say: "stop" | "start" | "restart" | "remove", path: string): void {
    try {
      this.governor.get(path)?.[say]().catch(() => {}) // whether the governor refuses it is not asked here
    } catch {}
  }
}

const idFor = (
  does: typeof ways[number],
  { lastId }: Follower,
  epoch: string,
  sequence: number
): string | undefined => {
  switch (does) {
    case "snapshot":
      return undefined
    case "last":
      return lastId
    case "first":
      return `${epoch}-0`
    case "old":
      return `${epoch}-${Math.max(0, sequence - keep - 1)}`
    case "ahead":
      return `${epoch}-${sequence + 1_000_000}`
    case "foreign":
      return `00000000-${sequence}`
    case "garbage":
      return "<script>, 1"
  }
}

/** What was met in all runs, so that no run is about nothing. */
const met = new Map<string, number>()
const meet = (what: string) => void met.set(what, (met.get(what) ?? 0) + 1)

/** Follows, and looks at how the connection begins. */
const begin = async (follower: Follower, does: typeof ways[number], stage: Stage, epoch: string): Promise<void> => {
  const before = stage.sequence
  const id = idFor(does, follower, epoch, before)
  const has = id?.startsWith(`${epoch}-`) === true ? Number(id.split("-")[1]) : undefined
  // What it has put together belongs to the id that it had last, and to no other.
  if (id !== follower.lastId) follower.state = { sequence: has !== undefined && has <= before ? has : -1, services: [] }
  await follower.connect(id)
  await follower.caughtUp(before)
  const [after, { begun }] = [stage.sequence, follower]
  if (id === undefined) expect(begun).toEqual(["snapshot"])
  else if (has === undefined || has > after || has < before - keep) expect(begun, id).toEqual(["reset"])
  else if (has >= after - keep) expect(begun, id).toEqual([])
  meet(id === undefined ? "snapshot" : begun[0] ?? "resumed")
}

const play = async ({ late, services, steps }: Plan): Promise<void> => {
  const stage = new Stage()
  const { governor } = stage
  const ops = operations(governor, { keep })
  const { url } = await ops.listen()
  const { epoch } = await (await ops.fetch(new Request("http://localhost/services"))).json()
  const followers = [byFetch(ops), byTcp(url), byFetch(ops), byTcp(url)].map((door) => new Follower(door, stage.truth))
  const beginning = new Map<Follower, Promise<void>>()
  const settled = (follower: Follower) => beginning.get(follower) ?? Promise.resolve()
  services.forEach((node) => stage.add(node))
  governor.start()

  for (const step of steps) {
    if ("add" in step) {
      stage.add(step.add)
      governor.start()
    } else if ("say" in step) stage.give(step.say, stage.pathOf(step.which))
    else if ("end" in step) stage.ends.get(stage.pathOf(step.which))?.(step.end)
    else if ("turns" in step) { for (let i = 0; i < step.turns; i++) await setImmediate() }
    else {
      const follower = followers[step.client]!
      await settled(follower)
      if ("follows" in step) {
        const begun = begin(follower, step.follows, stage, epoch)
        begun.catch(() => {}) // whoever waits for it hears of that
        beginning.set(follower, begun)
        if (step.waits) await begun
      } else if (step.does === "cut") follower.cut()
      else await follower.caughtUp(stage.sequence)
    }
  }

  // Everybody who follows is where the governor is.
  await Promise.all(followers.map(settled))
  const connected = followers.filter((follower) => follower.isConnected)
  let sequence: number
  do {
    sequence = stage.sequence
    await Promise.all(connected.map((follower) => follower.caughtUp(sequence)))
  } while (stage.sequence > sequence) // something has happened meanwhile
  const now = stage.look()
  for (const { faults, isConnected, state } of connected) {
    expect(faults).toEqual([])
    expect(isConnected).toBe(true)
    expect(inOrder(state.services)).toBe(now)
  }

  // The same at the end, for those too who come while it comes.
  const coming = late.map(async (i) => followers[i]!.connect().catch(() => followers[i]!.cut()))
  await governor.shutdown()
  await Promise.all(coming)
  await Promise.all(followers.map((follower) => follower.over()))
  const end = stage.look()
  for (const { faults, lastId, state } of [...connected, ...late.map((i) => followers[i]!)]) {
    expect(faults).toEqual([])
    if (lastId === undefined) continue // the listener has gone
    expect(state.sequence).toBe(stage.sequence)
    expect(inOrder(state.services)).toBe(end)
  }
  followers.forEach(({ compared }) => compared > 0 && meet("compared"))

  // And after the end.
  const [after] = followers
  expect(await after!.connect()).toBe(200)
  await after!.over()
  expect(after).toMatchObject({ faults: [], begun: ["snapshot"] })
  expect(inOrder(after!.state.services)).toBe(end)
  expect(await after!.connect(after!.lastId)).toBe(204)
}

describe("clients in a storm", () => {
  const unhandled: Array<unknown> = []
  const note = (error: unknown) => void unhandled.push(error)
  beforeAll(() => void process.on("unhandledRejection", note))
  afterAll(() => void process.off("unhandledRejection", note))

  it("know at every number what the governor knew, whenever they come, are cut off and come back", async () => {
    await fc.assert(fc.asyncProperty(plan, play), { numRuns: runs })
    expect(unhandled).toEqual([])
    for (const what of ["snapshot", "reset", "resumed", "compared"]) {
      expect(met.get(what), what).toBeGreaterThan(runs / 10)
    }
  }, 60_000 + 500 * runs)
})
