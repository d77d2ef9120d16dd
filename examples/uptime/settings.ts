/**
 * The settings, from arguments and environment variables. A wrong setting is reported before anything starts.
 */
import type { Duration } from "effect-governor/promise"

export interface Settings {
  /** 0 takes any free port. */
  readonly port: number
  /** If the list is empty, the targets of the demonstration are checked. */
  readonly targets: ReadonlyArray<string>
  readonly interval: Duration
  /** The file of the database. */
  readonly database: string
  readonly reportUrl: string
  readonly operations: {
    readonly where: { readonly port: number; readonly host: string }
    /** How long the services go on when a shutdown begins. */
    readonly drainDelay: Duration
    /** Undefined: there are no commands. */
    readonly token: string | undefined
  }
}

/** An address where nothing listens. */
export const nowhere = "http://localhost:4999/"

export const readSettings = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Settings => {
  const targets = args.length > 0 ? args : (env.TARGETS ?? "").split(",").map((url) => url.trim()).filter(Boolean)
  return {
    port: checkPort("PORT", env.PORT || "3000"),
    targets: [...new Set(targets.map(checkUrl))],
    interval: checkTime("INTERVAL", env.INTERVAL || "2 seconds"),
    database: env.DATABASE || "uptime.db",
    reportUrl: checkUrl(env.REPORT_URL || nowhere),
    operations: {
      where: { port: checkPort("OPS_PORT", env.OPS_PORT || "9000"), host: env.OPS_HOST || usualHost(env) },
      drainDelay: checkTime("DRAIN_DELAY", env.DRAIN_DELAY || "1 second"),
      token: env.OPS_TOKEN || undefined
    }
  }
}

/** The probes of Kubernetes come from outside of the container. All they get from there is their answer. */
const usualHost = (env: NodeJS.ProcessEnv): string => env.KUBERNETES_SERVICE_HOST ? "0.0.0.0" : "127.0.0.1"

export const checkPort = (name: string, text: string): number =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : refuse(name, "a number up to 65535", text)

export const checkUrl = (text: string): string =>
  /^https?:/i.test(text) && URL.canParse(text) ? text : refuse("a URL", "one like https://example.com/", text)

export type Time = `${number} ${"millis" | "seconds" | "minutes"}`

export const checkTime = (name: string, text: string): Time =>
  isTime(text) ? text : refuse(name, "something like \"2 seconds\" or \"500 millis\"", text)

const isTime = (text: string): text is Time => /^[1-9]\d* (millis|seconds?|minutes?)$/.test(text)

/** Exit code 78: the settings are wrong, and no restart repairs them. */
export const refuse = (what: string, expected: string, actual: string): never => {
  console.error(`uptime: ${what} must be ${expected}, not "${actual}"`)
  process.exit(78)
}

/** Exit code 70: perhaps whoever has the port now is about to leave. */
export const refusePort = (error: Error): never => {
  console.error(`uptime: nobody can ask how the services are (OPS_PORT): ${error.message}`)
  process.exit(70)
}
