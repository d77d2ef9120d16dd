/** What is measured of a cluster. Each scenario gives its figures, of several rounds. */
import { setTimeout as delay } from "node:timers/promises"
import type { Row } from "../../test/cluster/audit.ts"
import { violationsIn } from "../../test/cluster/audit.ts"
import { makeWorld, type Node, until, type World, type WorldOptions } from "../../test/cluster/world.ts"

export interface Figure {
  readonly what: string
  readonly unit: string
  readonly values: ReadonlyArray<number>
  /** What the median must not exceed. */
  readonly target?: number
}

type Scenario = (database: string, rounds: number) => Promise<ReadonlyArray<Figure>>

/** With "billing" and "slow" these are 100 services. */
const parts = 98

/** Plays a round on a cluster that all three nodes are in, so often. */
const played = async <A>(
  database: string,
  rounds: number,
  options: WorldOptions & { readonly isProxied?: boolean },
  round: (world: World, nodes: Array<Node>) => Promise<A>
): Promise<ReadonlyArray<A>> => {
  const world = await makeWorld(database, "bench", options)
  try {
    const { isProxied = false } = options
    const nodes = [...await world.startThree({ isProxied })]
    const results: Array<A> = []
    for (let count = 0; count < rounds; count++) {
      await until("all run", () => world.isSpread(nodes), 60_000)
      await delay(2000) // the next locks are asked for a second after the last
      results.push(await round(world, nodes))
      for (const [i, node] of nodes.entries()) {
        if (!node.hasEnded()) continue
        nodes[i] = await world.start({ port: node.port, isProxied })
      }
    }
    return results
  } finally {
    await world.close()
  }
}

/** How long after this moment each service of the process began elsewhere, in seconds. */
const begunAfter = (rows: ReadonlyArray<Row>, gone: ReadonlySet<string>, pid: number, moment: number) =>
  rows.flatMap((row) =>
    row.what === "begin" && row.pid !== pid && row.at > moment && gone.has(row.service)
      ? [(row.at - moment) / 1000]
      : []
  )

/** The services that the process runs. */
const servicesOf = async ({ owners }: World, { pid }: Node): Promise<ReadonlySet<string>> => {
  const all = await owners()
  return new Set(Array.from(all).flatMap(([service, own]) => own.includes(pid) ? [service] : []))
}

/** Ends the owner of "slow", and says when its services began elsewhere: the first, the last, and the last but "slow". */
const ended = (signal: NodeJS.Signals) => async (world: World, nodes: ReadonlyArray<Node>) => {
  const [pid] = (await world.owners()).get("slow")!
  const node = nodes.find((one) => one.pid === pid)!
  const gone = await servicesOf(world, node)
  const moment = Date.now()
  node.kill(signal)
  await until("all run elsewhere", () => world.isSpread(nodes.filter((one) => one !== node)), 60_000)
  await node.exit
  const rows = await world.rows()
  const all = begunAfter(rows, gone, node.pid, moment)
  const quick = begunAfter(rows, new Set([...gone].filter((service) => service !== "slow")), node.pid, moment)
  return { first: Math.min(...all), last: Math.max(...all), lastQuick: Math.max(...quick) }
}

const killed = (lease: number, target: number): Scenario => async (database, rounds) => {
  const all = await played(database, rounds, { lease, parts }, ended("SIGKILL"))
  const at = `kill −9, lease ${lease / 1000} s`
  return [
    { what: `${at}: the first service`, unit: "s", values: all.map(({ first }) => first), target },
    { what: `${at}: the last service`, unit: "s", values: all.map(({ last }) => last), target: lease / 1000 }
  ]
}

const left = (slowness: number): Scenario => async (database, rounds) => {
  const all = await played(database, rounds, { lease: 15_000, parts, slowness }, ended("SIGTERM"))
  const beside = slowness === 0 ? "" : `, beside one that takes ${slowness / 1000} s to stop`
  return [
    { what: `SIGTERM${beside}: the first service`, unit: "s", values: all.map(({ first }) => first), target: 0.5 },
    { what: `SIGTERM${beside}: the last other`, unit: "s", values: all.map(({ lastQuick }) => lastQuick), target: 0.5 }
  ]
}

const idle: Scenario = async (database, rounds) => {
  const values = await played(database, rounds, { lease: 15_000, parts }, async ({ ask }) => {
    const count = async () => {
      const [row] = await ask((sql) =>
        sql<{ n: number }>`SELECT (xact_commit + xact_rollback)::float AS n FROM pg_stat_database
          WHERE datname = current_database()`
      )
      return row!.n
    }
    const before = await count()
    await delay(30_000)
    return (await count() - before) / 30
  })
  return [{ what: "idle", unit: "transactions a second", values, target: 3 }]
}

const cut: Scenario = async (database, rounds) => {
  const lease = 6000
  const overlaps = await played(database, 4 * rounds, { lease, parts: 12, isProxied: true }, async (world, nodes) => {
    const node = nodes[0]!
    node.proxy!.freeze()
    await until("all run elsewhere", () => world.isSpread(nodes.slice(1)), 60_000)
    node.proxy!.thaw()
    await until("all run", () => world.isSpread(nodes), 60_000)
    const { died, rows } = world
    const found = violationsIn(await rows(), { died })
    return found.reduce((sum, one) => sum + (one._tag === "Overlap" ? one.millis : 0), 0)
  })
  return [{ what: `cut off from the database, ${4 * rounds} rounds: overlap`, unit: "ms", values: overlaps, target: 0 }]
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  kill15: killed(15_000, 4),
  kill6: killed(6000, 3),
  leave: left(0),
  leaveSlow: left(8000),
  idle,
  cut
}
