/** Rounds of faults on three nodes and their database, and what the audit says about them. Without a test runner. */
import { setTimeout as delay } from "node:timers/promises"
import { type Database, startDatabase } from "../../examples/cluster/database.ts"
import { brokenIn, inWords, type Row, staleIn, type Violation } from "./audit.ts"
import { isExplained, type Pause } from "./pauses.ts"
import { type Fault, faultInWords, roundOf, type Step } from "./plan.ts"
import { isUp, makeWorld, type Node, until, type World } from "./world.ts"

export interface RoundsOptions {
  readonly seed: number
  /** The number of the first round. Default: 0. */
  readonly first?: number
  readonly rounds: number
  /** In milliseconds. */
  readonly lease: number
  readonly log: (line: string) => void
}

/** What came of it. */
export interface Outcome {
  readonly rounds: number
  readonly faults: Readonly<Record<string, number>>
  readonly guarded: number
  readonly refused: number
  readonly stale: { readonly guarded: number; readonly plain: number }
  /** Two nodes at a time, after one of them was frozen or blocked. */
  readonly overlaps: { readonly count: number; readonly longest: number }
  /** How long it took until all ran again on nodes that nothing is wrong with, in milliseconds. */
  readonly away: { readonly median: number; readonly longest: number }
  /** What breaks a promise. */
  readonly wrong: ReadonlyArray<string>
}

interface Scene {
  readonly lease: number
  readonly database: Database
  readonly world: World
  /** The node of each number. */
  readonly nodes: Array<Node>
  /** The processes that something is wrong with at this moment. */
  readonly out: Set<number>
  readonly pauses: Array<Pause>
}

export const playRounds = async ({ first = 0, lease, log, rounds, seed }: RoundsOptions): Promise<Outcome> => {
  const database = await startDatabase()
  const world = await makeWorld(database.url, "rounds", { lease, writers: ["billing", "slow"], block: 1.5 * lease })
  try {
    const nodes = [...await world.startThree({ isProxied: true })]
    const scene: Scene = { lease, database, world, nodes, out: new Set(), pauses: [] }
    await until("all run", () => world.isSpread(nodes))
    const faults: Record<string, number> = {}
    const away: Array<number> = []
    for (let round = first; round < first + rounds; round++) {
      const steps = roundOf(seed, round)
      for (const { fault: { _tag } } of steps) faults[_tag] = (faults[_tag] ?? 0) + 1
      const millis = await play(scene, steps)
      away.push(millis)
      log(`round ${round}: ${steps.map(({ fault }) => faultInWords(fault)).join(", ")}: all ran after ${millis} ms`)
    }
    return outcomeOf(scene, await world.rows(), { rounds, faults, away })
  } catch (error) {
    for (const { output, port } of world.nodes) log(`--- ${port}\n${output().slice(-4000)}`)
    throw error
  } finally {
    await world.close()
    await database.stop()
  }
}

/** Plays one round. How long it took until all ran again where nothing is wrong, in milliseconds. */
const play = async (scene: Scene, steps: ReadonlyArray<Step>): Promise<number> => {
  const ends: Array<Promise<void>> = []
  for (const { after, fault } of steps) {
    await delay(after)
    ends.push(happen(scene, fault))
  }
  const begun = performance.now()
  await until("all run where nothing is wrong", () => runs(scene), promised(scene))
  const millis = Math.round(performance.now() - begun)
  await Promise.all(ends)
  for (const [number, node] of scene.nodes.entries()) if (node.hasEnded()) await comeAgain(scene, number)
  await until("all run", () => runs(scene), promised(scene))
  return millis
}

/**
 * After a fault a lease has to end, and nodes take no services while others join: 3 s after the last of them, and 12 s at the
 * most. The rest is for a slow machine.
 */
const promised = ({ lease }: Scene): number => 2 * lease + 12_000 + 20_000

/** Whether each service has one run on a process that lives and that nothing is wrong with. */
const runs = async ({ nodes, out, world }: Scene): Promise<boolean> => {
  await delay(80)
  const well = new Set(nodes.filter((node) => !node.hasEnded() && !out.has(node.pid)).map(({ pid }) => pid))
  const owners = await world.owners().catch(() => new Map<string, ReadonlyArray<number>>([["", []]])) // no database
  return Array.from(owners.values()).every((own) => own.filter((pid) => well.has(pid)).length === 1)
}

const happen = async (scene: Scene, fault: Fault): Promise<void> => {
  if (fault._tag === "Restart") return scene.database.restart(fault.how)
  const node = scene.nodes[fault.node]!
  switch (fault._tag) {
    case "Kill":
    case "Leave":
      node.kill(fault._tag === "Kill" ? "SIGKILL" : "SIGTERM")
      scene.out.add(node.pid)
      await node.exit
      return comeAgain(scene, fault.node)
    case "Freeze":
      return during(scene, node, true, async () => {
        node.kill("SIGSTOP")
        await delay(fault.leases * scene.lease)
        node.kill("SIGCONT")
      })
    case "Block":
      return during(scene, node, true, async () => {
        node.kill("SIGUSR2")
        await delay(1.5 * scene.lease)
      })
    case "Cut":
      return during(scene, node, false, async () => {
        node.proxy!.freeze()
        await delay(fault.leases * scene.lease)
        node.proxy!.thaw()
      })
  }
}

/** Something is wrong with the node for so long as `task` takes. `isPause`: the node may not notice. */
const during = async (
  { out, pauses }: Scene,
  { pid, port }: Node,
  isPause: boolean,
  task: () => Promise<void>
) => {
  const from = Date.now()
  out.add(pid)
  await task()
  out.delete(pid)
  if (isPause) pauses.push({ node: port, pid, from, until: Date.now() })
}

/** The process before it may still count as alive for a moment, and the database may be away. */
const comeAgain = async (scene: Scene, number: number): Promise<void> => {
  const { port } = scene.nodes[number]!
  for (let tries = 0; tries < 20; tries++) {
    const node = await scene.world.start({ port, isProxied: true, isAwaited: false })
    scene.nodes[number] = node
    if (await node.printed(isUp).then(() => true, () => false)) return
    await delay(250)
  }
  throw new Error(`node ${port} did not come again`)
}

/** With what happened to the processes about that time. */
const explain = (violation: Violation, pauses: ReadonlyArray<Pause>): string => {
  if (violation._tag !== "Overlap") return inWords(violation)
  const { from, stale } = violation
  const own = pauses.filter(({ pid, until }) => pid === stale.pid && until > from - 20_000)
  const words = own.map((pause) => `${Math.round(pause.from - from)} to ${Math.round(pause.until - from)} ms`)
  return `${inWords(violation)}; it did not run from ${words.join(", ") || "never"} of that moment`
}

const outcomeOf = (
  { lease, pauses, world: { died, services } }: Scene,
  rows: ReadonlyArray<Row>,
  { away, faults, rounds }: {
    readonly rounds: number
    readonly faults: Outcome["faults"]
    readonly away: Array<number>
  }
): Outcome => {
  const found = brokenIn(rows, { died, services, atMostAway: 0 })
  const explained = found.filter((violation) => isExplained(violation, pauses, lease / 3))
  const overlaps = explained.flatMap((violation) => violation._tag === "Overlap" ? [violation.millis] : [])
  const count = (what: Row["what"]) => rows.filter((row) => row.what === what).length
  const sorted = away.toSorted((a, b) => a - b)
  return {
    rounds,
    faults,
    guarded: count("guarded"),
    refused: count("refused"),
    stale: { guarded: staleIn(rows, "guarded").length, plain: staleIn(rows, "write").length },
    overlaps: { count: overlaps.length, longest: Math.round(Math.max(0, ...overlaps)) },
    away: { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 },
    wrong: found.filter((violation) => !explained.includes(violation)).map((violation) => explain(violation, pauses))
  }
}
