/**
 * The settings of the cluster, from arguments and environment variables. A wrong setting is reported before anything starts.
 */
import { checkPort, checkTime, checkUrl, refuse, type Time } from "../uptime/settings.ts"
import { freePort } from "./freePort.ts"

export interface Settings {
  /** The page of the program itself. The nodes have the ports after it. */
  readonly page: number
  readonly nodes: ReadonlyArray<NodePorts>
  /** Undefined: the program starts a database. */
  readonly database: string | undefined
  /** How often a node is killed, unless one is away already. */
  readonly killEvery: Time
  /** How long a node is away that was killed. */
  readonly restartAfter: Time
  /** What the nodes read from their environment. */
  readonly forNodes: { readonly TARGETS: string; readonly INTERVAL: Time; readonly LEASE: Time }
}

interface NodePorts {
  readonly page: number
  /** Where the other nodes reach it. */
  readonly node: number
}

const count = 3

export const readSettings = async (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<Settings> => {
  const page = checkPort("OPS_PORT", env["OPS_PORT"] || "9000")
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const nodes = await Promise.all(
    numbers.map(async (i) => ({ page: page === 0 ? await freePort() : page + i, node: await freePort() }))
  )
  const listed = args.length > 0 ? args : (env["TARGETS"] ?? "").split(",").map((url) => url.trim()).filter(Boolean)
  const targets = listed.length > 0 ? listed.map(checkUrl) : nodes.flatMap(sitesOf)
  return {
    page,
    nodes,
    database: env["DATABASE_URL"] ? checkDatabase(env["DATABASE_URL"]) : undefined,
    killEvery: checkTime("KILL_EVERY", env["KILL_EVERY"] || "20 seconds"),
    restartAfter: checkTime("RESTART_AFTER", env["RESTART_AFTER"] || "8 seconds"),
    forNodes: {
      TARGETS: [...new Set(targets)].join(","),
      INTERVAL: checkTime("INTERVAL", env["INTERVAL"] || "2 seconds"),
      LEASE: checkTime("LEASE", env["LEASE"] || "6 seconds")
    }
  }
}

/** Without other sites, the monitor watches its own nodes: so one sees when one of them is dead. */
const sitesOf = ({ page }: NodePorts) => ["livez", "readyz"].map((path) => `http://127.0.0.1:${page}/${path}`)

/** A refusal does not print the password. */
const checkDatabase = (url: string): string =>
  /^postgres(ql)?:/.test(url) && URL.canParse(url)
    ? url
    : refuse("DATABASE_URL", "like postgres://user@host/name", url.replace(/:.*/, ":…"))
