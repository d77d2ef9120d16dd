/**
 * One node of the cluster of `main.ts`: the uptime monitor in several processes. Each part of the checker is on one node,
 * and so is the reporter. When their node leaves or dies, they go to other nodes. The page is on each node.
 *
 * The same services run in one process, without any node, if `Governor.launch` has the place of `GovernorCluster.launch`.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Governor, RestartPolicy } from "effect-governor"
import { GovernorCluster } from "effect-governor/cluster"
import { Operations } from "effect-governor/http"
import { runMain } from "effect-governor/node"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { Log } from "./log.ts"
import { checking, reporting } from "./services.ts"
import { schema, Tables } from "./tables.ts"

const settings = Config.all({
  database: Config.Redacted("DATABASE_URL"),
  /** Where the other nodes reach this one. */
  port: Config.Port("NODE_PORT"),
  /** Where the page is. */
  page: Config.Port("OPS_PORT"),
  token: Config.String("OPS_TOKEN").pipe(Config.map((token) => token || undefined), Config.withDefault(undefined)),
  sites: Config.String("TARGETS").pipe(Config.map((urls) => urls.split(","))),
  interval: Config.Duration("INTERVAL").pipe(Config.withDefault(Duration.seconds(2))),
  lease: Config.Duration("LEASE").pipe(Config.withDefault(Duration.seconds(6)))
})

const parts = 6
const restart = RestartPolicy.spaced("1 second")

const program = Effect.gen(function*() {
  const { database, interval, lease, page, port, sites, token } = yield* settings
  const shareOf = (part: number) => sites.filter((_, site) => site % parts === part)
  const Services = Layer.mergeAll(
    Tables,
    Operations.layer({ port: page, tokens: { control: token } }),
    Governor.partitioned("checker", parts, (part) => checking(shareOf(part), interval), { restart }),
    Governor.singleton("reporter", reporting(sites, interval), { restart })
  )
  return yield* GovernorCluster.launch(Services, { host: "127.0.0.1", port, lease, schema }).pipe(
    Effect.provide(PgClient.layer({ url: database, applicationName: "uptime" }))
  )
})

// The channel to the program that has started this process closes when that program is gone.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"))

program.pipe(Effect.provide([FetchHttpClient.layer, Log]), runMain)
