/** Nodes of a cluster in processes of their own, and what their services have written down. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { expect, onTestFinished } from "vitest"
import { freePort } from "../../examples/cluster/freePort.ts"
import { run } from "../child.ts"
import { type Options, type Row, violationsIn } from "./audit.ts"
import { clientOf, freshSchema } from "./sql.ts"

interface ClusterOptions {
  readonly lease: number
  readonly parts: number
  /** How long the service "slow" takes to stop, in milliseconds. */
  readonly slowness?: number
}

export interface Node {
  readonly port: string
  readonly pid: number
  readonly output: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** A cluster without nodes. */
export const cluster = async (schema: string, { lease, parts, slowness = 0 }: ClusterOptions) => {
  const url = await freshSchema(schema)
  const asked = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>): Promise<A> =>
    Effect.runPromise(Effect.provide(effect, clientOf(url), { local: true }))
  await asked(Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql`CREATE TABLE audit (
      id serial, at timestamptz NOT NULL DEFAULT clock_timestamp(), node text, pid int, service text, epoch int, what text
    )`))

  const start = async (): Promise<Node> => {
    const port = String(await freePort())
    const child = run("node", [port, String(lease), String(parts), String(slowness)], {
      CLUSTER_URL: url,
      CLUSTER_SCHEMA: schema
    })
    onTestFinished(() => child.kill("SIGKILL"))
    await child.printed(/Listening on/)
    return { ...child, port, pid: child.pid! }
  }

  const rows = (): Promise<ReadonlyArray<Row>> =>
    asked(
      Effect.flatMap(SqlClient.SqlClient, (sql) =>
        sql<
          Row
        >`SELECT extract(epoch FROM at)::float * 1000 AS at, node, pid, service, epoch, what FROM audit ORDER BY id`)
    )

  /** For each service, the nodes that run it. */
  const owners = async (dead: ReadonlyArray<Node> = []) => {
    const running = new Map<string, Set<string>>()
    for (const { node, service, what } of await rows()) {
      const own = running.get(service) ?? new Set()
      if (what === "begin") own.add(node)
      else own.delete(node)
      running.set(service, own)
    }
    const alive = (node: string) => !dead.some(({ port }) => port === node)
    return new Map(Array.from(running, ([service, nodes]) => [service, [...nodes].filter(alive)]))
  }

  /** Waits until each service runs on one of these nodes, and each of them has one. */
  const runsOn = (nodes: ReadonlyArray<Node>, dead: ReadonlyArray<Node> = []) =>
    expect.poll(async () => {
      const all = [...await owners(dead)]
      const ports = new Set(nodes.map(({ port }) => port))
      return all.length === parts + 2 && new Set(all.map(([, [first]]) => first)).size === nodes.length &&
        all.every(([, [first = "", ...others]]) => others.length === 0 && ports.has(first))
    }, { timeout: 40_000 }).toBe(true)

  const violations = async (options: Options = {}) => violationsIn(await rows(), options)
  return { start, rows, owners, runsOn, violations }
}
