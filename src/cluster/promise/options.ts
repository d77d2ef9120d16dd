/**
 * The options of a governor that is a node of a cluster.
 */
import type * as Duration from "effect/Duration"
import { InvalidOption } from "../../GovernorError.ts"
import * as Option from "../../internal/input/GovernorOption.ts"
import type * as Promised from "../../promise/GovernorOptions.ts"
import { checkHost } from "../host.ts"
import { type Tables, tablesIn } from "../tables.ts"
import { type Timing, timingOf } from "../timing.ts"

/**
 * The cluster that the process of a governor joins.
 *
 * **Details**
 *
 * - `url`: the database of the cluster, a PostgreSQL
 * - `host`, `port`: where this node listens, and the other nodes reach it. Each node needs an address of its own; `0.0.0.0` is
 *   none
 * - `lease`: how long a node that says nothing keeps its services. Default: 15 seconds; at least 5 seconds, at most 1 hour.
 *   All times of the cluster follow from the lease
 * - `schema`: the schema of the tables of the cluster, which is made if it is not there. Default: `"governor"`
 *
 * **Example** (From the environment)
 *
 * ```ts
 * import type { ClusterOptions } from "effect-governor/cluster/promise"
 *
 * const { env } = process
 * const cluster: ClusterOptions = {
 *   url: env["DATABASE_URL"] ?? "postgres://127.0.0.1/app",
 *   host: env["POD_IP"] ?? "127.0.0.1",
 *   port: 7000,
 *   lease: "10 seconds"
 * }
 * console.log(cluster.host, cluster.port)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface ClusterOptions {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly lease?: Duration.Input | undefined
  readonly schema?: string | undefined
}

/**
 * The options of a governor: those of `effect-governor/promise`, and `cluster`. Without `cluster` the governor is alone.
 *
 * **Example** (Alone where no database is named)
 *
 * ```ts
 * import { Governor, type GovernorOptions } from "effect-governor/cluster/promise"
 *
 * const { PG_URL: url } = process.env
 * const options: GovernorOptions = {
 *   restart: "1 second",
 *   cluster: url === undefined ? undefined : { url, host: "127.0.0.1", port: 7000 }
 * }
 *
 * await using governor = new Governor(options)
 * console.log(governor.clusterStatus()) // []
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface GovernorOptions extends Promised.GovernorOptions {
  readonly cluster?: ClusterOptions | undefined
}

/** @internal */
export interface Checked extends Pick<ClusterOptions, "url" | "host" | "port"> {
  readonly timing: Timing
  readonly tables: Tables
}

const keys = ["url", "host", "port", "lease", "schema"]

/**
 * Throws `InvalidOption`.
 *
 * @internal
 */
export const checkCluster = (options: ClusterOptions): Checked => {
  const { host, lease, port, schema, url } = Option.known("cluster", options, keys)
  return {
    url: checkUrl(url),
    host: checkHost(host),
    port: checkPort(port),
    timing: timingOf(lease),
    tables: tablesIn(schema)
  }
}

/** The message does not show the url, which may have a password. */
const checkUrl = (url: unknown): string => {
  if (typeof url === "string" && URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url
  const actual = typeof url === "string" ? "another text" : Option.show(url)
  const expected = "the url of a PostgreSQL, such as \"postgres://user:password@10.0.0.7:5432/app\""
  throw new InvalidOption({ field: "url", expected, actual })
}

const checkPort = (port: unknown): number => {
  if (Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536) return port as number
  throw new InvalidOption({ field: "port", expected: "a port from 1 to 65535", actual: Option.show(port) })
}
