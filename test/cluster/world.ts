/** Nodes of a cluster in processes of their own, and what their services have written down. Without a test runner. */
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as SqlClient from "effect/sql/SqlClient"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { freePort } from "../../examples/cluster/freePort.ts"
import { watched } from "../watched.ts"
import type { Row } from "./audit.ts"
import { type Proxy, startProxy } from "./proxy.ts"
import { clientOf, makeSchema } from "./schema.ts"

/** What a node is told, as in `test/fixtures/node.ts`. All times are in milliseconds. */
export interface NodeConfig {
  readonly port: string
  readonly url: string
  readonly schema: string
  /** The file for what happens without the database too. */
  readonly journal: string
  readonly lease: number
  /** How many parts the service "ingest" has. Beside it there are "billing" and "slow". */
  readonly parts: number
  /** The services that write each 10 ms. */
  readonly writers: ReadonlyArray<string>
  /** How long a guarded write stays in its transaction. */
  readonly holds: number
  /** The services that take as long as `slowness` to stop. */
  readonly slow: ReadonlyArray<string>
  readonly slowness: number
  /** The services that do not stop, as soon as there is this file. */
  readonly stubborn: ReadonlyArray<string>
  readonly obstinacy: string
  /** For how long SIGUSR2 blocks the event loop. */
  readonly block: number
}

export type WorldOptions = Partial<Omit<NodeConfig, "port" | "url" | "schema" | "journal" | "obstinacy">>

export interface Node {
  readonly port: string
  readonly pid: number
  readonly output: () => string
  readonly printed: (text: string | RegExp) => Promise<ReadonlyArray<string>>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly hasEnded: () => boolean
  /** Its way to the database, if it was asked for. */
  readonly proxy: Proxy | undefined
}

interface StartOptions extends WorldOptions {
  readonly port?: string
  /** Whether the way to the database can be cut. */
  readonly isProxied?: boolean
  /** Whether to wait until the node is a member. Default: true. */
  readonly isAwaited?: boolean
}

const defaults = {
  lease: 15_000,
  parts: 12, // as many as there are shards: fewer may leave a node out
  writers: [],
  holds: 0,
  slow: ["slow"],
  slowness: 0,
  stubborn: [],
  block: 0
} satisfies WorldOptions

/** What a node prints when it is in the cluster: the governor of the parts begins on each node. */
export const isUp = /ready in .* service: 'ingest', run: 1 \}/

export type World = Awaited<ReturnType<typeof makeWorld>>

/** A cluster without nodes, in a schema of its own. */
export const makeWorld = async (database: string, schema: string, options: WorldOptions = {}) => {
  const url = await makeSchema(schema, database)
  const folder = await mkdtemp(join(tmpdir(), "governor-nodes-"))
  const runtime = ManagedRuntime.make(clientOf(url))
  const ask = <A extends object>(query: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
    runtime.runPromise(Effect.flatMap(SqlClient.SqlClient, query))
  await ask((sql) =>
    sql`CREATE TABLE audit (
      id serial, at timestamptz NOT NULL DEFAULT clock_timestamp(), node text, pid int, service text, epoch int, what text
    )`
  )
  const nodes: Array<Node> = []
  const died = new Map<number, number>()
  const settings = { ...defaults, ...options }
  const services = ["billing", "slow", ...Array.from({ length: settings.parts }, (_, part) => `ingest/${part}`)]

  const obstinacy = join(folder, "obstinacy")
  /** The node begins when `go` is called. */
  const load = async ({ isProxied = false, ...more }: StartOptions = {}) => {
    const port = more.port ?? String(await freePort())
    const proxy = isProxied ? await startProxy(Number(new URL(url).port)) : undefined
    const journal = join(folder, `${port}.ndjson`)
    const config: NodeConfig = { ...settings, ...more, port, schema, journal, obstinacy, url: through(url, proxy) }
    const loaded = spawnNode(config, proxy, (pid) => died.set(pid, performance.timeOrigin + performance.now()))
    nodes.push(loaded.node)
    await loaded.node.printed("loaded")
    return loaded
  }
  const start = async (options: StartOptions = {}): Promise<Node> => {
    const { go, node } = await load(options)
    go()
    if (options.isAwaited !== false) await node.printed(isUp)
    return node
  }
  /** Three nodes that start at one moment. */
  const startThree = async (options: StartOptions = {}): Promise<ReadonlyArray<Node>> => {
    const all = await Promise.all([load(options), load(options), load(options)])
    all.forEach(({ go }) => go())
    return Promise.all(all.map(({ node }) => node.printed(isUp).then(() => node)))
  }

  const noted = (): ReadonlyArray<Row> =>
    Array.from(new Set(nodes.map(({ port }) => port))).flatMap((port) => linesOf(join(folder, `${port}.ndjson`)))
  const rows = async (): Promise<ReadonlyArray<Row>> => {
    const written = await ask((sql) =>
      sql<
        Row
      >`SELECT extract(epoch FROM at)::float * 1000 AS at, node, pid, service, epoch, what FROM audit ORDER BY id`
    )
    const begun = new Set(written.filter(({ what }) => what === "begin").map(keyOf))
    return [...written, ...noted().filter((row) => begun.has(keyOf(row)))] // else the begin did not reach the database
  }

  /** For each service, the processes that run it. */
  const owners = async (): Promise<ReadonlyMap<string, ReadonlyArray<number>>> => {
    const begun = await ask((sql) => sql<Row>`SELECT pid, service, epoch FROM audit WHERE what = 'begin' ORDER BY id`)
    const ended = new Set(noted().filter(({ what }) => what === "end").map(keyOf))
    const open = begun.filter((row) => !ended.has(keyOf(row)) && !died.has(row.pid))
    return new Map(
      services.map((service) => [service, open.flatMap((row) => row.service === service ? [row.pid] : [])])
    )
  }

  /** Whether each service runs on one of these nodes, and each of them has one. Other nodes may be frozen in a run. */
  const isSpread = async (over: ReadonlyArray<Node>): Promise<boolean> => {
    const pids = new Set(over.map(({ pid }) => pid))
    const all = Array.from((await owners()).values(), (own) => own.filter((pid) => pids.has(pid)))
    return all.every(({ length }) => length === 1) && new Set(all.flat()).size === pids.size
  }

  const close = async () => {
    for (const node of nodes) if (!node.hasEnded()) node.kill("SIGKILL")
    await Promise.all(nodes.map(({ exit }) => exit))
    await Promise.all(nodes.map(({ proxy }) => proxy?.close()))
    await runtime.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  const harden = () => writeFile(obstinacy, "")
  return { schema, services, died, nodes, ask, start, startThree, harden, rows, owners, isSpread, close }
}

const keyOf = ({ epoch, pid, service }: Pick<Row, "epoch" | "pid" | "service">): string =>
  [service, pid, epoch].join(" ")

const linesOf = (file: string): ReadonlyArray<Row> => {
  try {
    return readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Row)
  } catch {
    return [] // nothing has ended yet
  }
}

const through = (url: string, proxy: Proxy | undefined): string => {
  if (proxy === undefined) return url
  const other = new URL(url)
  other.port = String(proxy.port)
  return other.href
}

const fixture = fileURLToPath(new URL("../fixtures/node.ts", import.meta.url))

const spawnNode = (config: NodeConfig, proxy: Proxy | undefined, onExit: (pid: number) => void) => {
  const child = spawn(process.execPath, [fixture, JSON.stringify(config)], { stdio: ["pipe", "pipe", "pipe"] })
  const pid = child.pid!
  child.once("exit", () => onExit(pid))
  const { exit, kill, output, printed } = watched(child, [child.stdout, child.stderr])
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const node: Node = { port: config.port, pid, exit, kill, output, printed, proxy, hasEnded }
  return { node, go: () => void child.stdin.end() }
}

/** Waits until it is so. Fails with what was waited for, if that takes longer than anybody waits. */
export const until = async (
  what: string,
  isSo: () => Promise<boolean> | boolean,
  millis = 40_000
): Promise<void> => {
  const end = performance.now() + millis
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`waited ${millis} ms until ${what}`)
    await delay(20)
  }
}
