/**
 * The settings, from environment variables and arguments. A wrong setting is reported before anything starts.
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** An address where nothing listens. */
export const nowhere = "http://localhost:4999/"

const Url = Schema.String.check(
  Schema.makeFilter((text) =>
    /^https?:/i.test(text) && URL.canParse(text) || `Expected a URL like https://example.com/, not "${text}"`
  )
)

/** 0 takes any free port. */
const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))

const Interval = Schema.DurationFromString.check(
  Schema.makeFilter((duration) =>
    Duration.isFinite(duration) && Duration.isPositive(duration) || "Expected a time like \"2 seconds\""
  )
)

/** The probes of Kubernetes come from outside of the container. All they get from there is their answer. */
const usualHost = Config.String("KUBERNETES_SERVICE_HOST").pipe(
  Config.map(() => "0.0.0.0"),
  Config.withDefault("127.0.0.1")
)

const settings = Config.all({
  port: Config.schema(Port, "PORT").pipe(Config.withDefault(3000)),
  /** If the list is empty, the targets of the demonstration are checked. */
  targets: Config.schema(Schema.Array(Url), "TARGETS").pipe(Config.map((urls) => [...new Set(urls)])),
  interval: Config.schema(Interval, "INTERVAL").pipe(Config.withDefault(Duration.seconds(2))),
  /** The file of the database. */
  database: Config.String("DATABASE").pipe(Config.withDefault("uptime.db")),
  reportUrl: Config.schema(Url, "REPORT_URL").pipe(Config.withDefault(nowhere)),
  operations: Config.all({
    port: Config.schema(Port, "OPS_PORT").pipe(Config.withDefault(9000)),
    host: Config.String("OPS_HOST").pipe(Config.orElse(() => usualHost)),
    /** How long the services go on when a shutdown begins. */
    drainDelay: Config.schema(Interval, "DRAIN_DELAY").pipe(Config.withDefault(Duration.seconds(1))),
    /** Without a token there are no commands. */
    token: Config.String("OPS_TOKEN").pipe(Config.map((token) => token || undefined), Config.withDefault(undefined))
  })
})

/** The targets may also be arguments, which replace the targets of the environment. */
const provider = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) => {
  const listed = (env.TARGETS ?? "").split(",").map((url) => url.trim()).filter(Boolean)
  return ConfigProvider.fromUnknown({ ...env, TARGETS: args.length > 0 ? args : listed })
}

export class Settings extends Context.Service<Settings, Config.Success<typeof settings>>()("uptime/Settings") {
  static readonly layer = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) =>
    Layer.effect(Settings, settings.parse(provider(args, env)))
}
