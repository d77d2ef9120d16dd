/** The servers that the recipes need: each listens on loopback, and has its data in a folder of the trial. */
import { execFileSync, spawn, type SpawnOptions } from "node:child_process"
import { chownSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { freePort } from "../../examples/cluster/freePort.ts"
import { watched } from "../watched.ts"
import type { ServerName } from "./Trial.ts"

interface ServerPlan {
  /** The Debian package, and the program of that package. */
  readonly debian: string
  readonly program: string
  /** The variable that tells the address to the programs. */
  readonly variable: string
  readonly args: (port: number, folder: string) => ReadonlyArray<string>
  readonly env?: (port: number, folder: string) => Record<string, string>
  /** Makes the folder ready, once. */
  readonly prepare?: (folder: string, owner: Owner) => void
  /** A program that must be there before the server: it would be started by the server otherwise, and survive it. */
  readonly helper?: string
  /** What the server prints when it serves. */
  readonly isReady: RegExp
  /** Ends the server at once. Default: SIGKILL, which PostgreSQL does not pass on to those that it has forked. */
  readonly signal?: NodeJS.Signals
  /** Who runs the server if root starts it, because the server refuses root. */
  readonly user?: string
  readonly url: (port: number) => string
}

type Owner = { readonly uid: number; readonly gid: number } | undefined

/** Debian has the programs of PostgreSQL not on PATH, but in a folder for each version. */
const postgres = globSync("/usr/lib/postgresql/*/bin").toSorted().at(-1) ?? "/usr/lib/postgresql/bin"

const plans: Readonly<Record<ServerName, ServerPlan>> = {
  http: {
    debian: "nodejs",
    variable: "API_URL",
    env: (port) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }),
    program: process.execPath,
    args: (port) => [join(import.meta.dirname, "slow.ts"), `${port}`],
    isReady: /listening/,
    url: (port) => `http://127.0.0.1:${port}`
  },
  redis: {
    debian: "redis-server",
    variable: "REDIS_URL",
    program: "/usr/bin/redis-server",
    args: (port, folder) => ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"],
    isReady: /Ready to accept connections/,
    url: (port) => `redis://127.0.0.1:${port}`
  },
  postgresql: {
    debian: "postgresql",
    variable: "DATABASE_URL",
    program: `${postgres}/postgres`,
    args: (port, folder) => ["-D", `${folder}/data`, "-p", `${port}`, "-h", "127.0.0.1", "-k", folder],
    prepare: (folder, owner) => {
      const args = ["-D", `${folder}/data`, "-U", "postgres", "-A", "trust", "--no-sync"]
      execFileSync(`${postgres}/initdb`, args, { ...owner, cwd: folder, stdio: "ignore" })
    },
    isReady: /ready to accept connections/,
    signal: "SIGQUIT",
    user: "postgres",
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`
  },
  mosquitto: {
    debian: "mosquitto",
    variable: "MQTT_URL",
    program: "/usr/sbin/mosquitto",
    args: (port) => ["-p", `${port}`], // without a file of settings: loopback only
    isReady: /mosquitto version \S+ running/,
    url: (port) => `mqtt://127.0.0.1:${port}`
  },
  nats: {
    debian: "nats-server",
    variable: "NATS_URL",
    program: "/usr/sbin/nats-server",
    args: (port) => ["-a", "127.0.0.1", "-p", `${port}`],
    isReady: /Server is ready/,
    url: (port) => `nats://127.0.0.1:${port}`
  },
  rabbitmq: {
    debian: "rabbitmq-server",
    variable: "AMQP_URL",
    program: "/usr/lib/rabbitmq/bin/rabbitmq-server",
    args: () => [],
    helper: "/usr/bin/epmd",
    env: (port, folder) => ({
      HOME: folder,
      RABBITMQ_NODENAME: `trial${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${port + 1}`,
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_LOGS: "-",
      RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: `${port + 2}`,
      RUNNING_UNDER_SYSTEMD: "yes" // the script becomes the server, instead of a parent that survives the server
    }),
    isReady: /Server startup complete/,
    url: (port) => `amqp://127.0.0.1:${port}`
  }
}

export interface Server {
  readonly url: string
  /** What the programs have to know of it. */
  readonly env: Record<string, string>
  readonly start: () => Promise<void>
  /** Ends the server as a crash of its machine would, without a word to its clients. */
  readonly kill: () => Promise<void>
  /** Stops the processes of the server, which then accepts connections and answers nothing; `kill` ends it too. */
  readonly freeze: () => void
  readonly dispose: () => Promise<void>
}

/** Says what is missing on this machine. */
export const missing = (name: ServerName): string | undefined => {
  const { debian, program } = plans[name]
  return existsSync(program) ? undefined : `${program} is missing: apt-get install ${debian}`
}

export const makeServer = async (name: ServerName, parent: string): Promise<Server> => {
  const plan = plans[name]
  const folder = join(parent, name)
  const port = await freePort()
  const owner = plan.user !== undefined && process.getuid?.() === 0 ? idsOf(plan.user) : undefined
  const own = { ...plan.env?.(port, folder), [plan.variable]: plan.url(port) }
  const env = { ...process.env, ...own }
  mkdirSync(folder)
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  plan.prepare?.(folder, owner)
  const helper = plan.helper === undefined ? undefined : run(plan.helper, [], { env })
  let server: Running | undefined
  const kill = async () => {
    await server?.kill(plan.signal)
    server = undefined
  }
  return {
    url: plan.url(port),
    env: own,
    start: async () => {
      if (server !== undefined) return
      server = run(plan.program, plan.args(port, folder), { ...owner, cwd: folder, env })
      await server.printed(plan.isReady)
    },
    kill,
    freeze: () => server?.freeze(),
    dispose: async () => {
      await kill()
      await helper?.kill()
    }
  }
}

type Running = ReturnType<typeof run>

/** A process that leads a group of its own, so that the processes that it forks end with it. */
const run = (program: string, args: ReadonlyArray<string>, options: SpawnOptions) => {
  const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] })
  const { exit, printed } = watched(child, [child.stdout, child.stderr])
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal)
  }
  const leave = () => end("SIGKILL")
  process.once("exit", leave) // whatever ends this process, the server goes with it
  void exit.then(() => process.off("exit", leave))
  /** A process that PostgreSQL forks has a group of its own. */
  const each = (signal: NodeJS.Signals) => {
    for (const pid of [child.pid!, ...childrenOf(child.pid!)]) process.kill(pid, signal)
  }
  let isFrozen = false
  const freeze = () => {
    isFrozen = true
    each("SIGSTOP")
  }
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    end(signal)
    if (isFrozen) each("SIGCONT")
    await exit
  }
  return { kill, printed, freeze }
}

const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number)

const idsOf = (user: string): Owner => ({
  uid: Number(execFileSync("id", ["-u", user])),
  gid: Number(execFileSync("id", ["-g", user]))
})
