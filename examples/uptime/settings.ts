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
}

/** An address where nothing listens. */
export const nowhere = "http://localhost:4999/"

export const readSettings = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Settings => {
  const targets = args.length > 0 ? args : (env.TARGETS ?? "").split(",").map((url) => url.trim()).filter(Boolean)
  return {
    port: checkPort(env.PORT || "3000"),
    targets: [...new Set(targets.map(checkUrl))],
    interval: checkInterval(env.INTERVAL || "2 seconds"),
    database: env.DATABASE || "uptime.db",
    reportUrl: checkUrl(env.REPORT_URL || nowhere)
  }
}

const checkPort = (text: string): number =>
  /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : refuse("PORT", "a number up to 65535", text)

const checkUrl = (text: string): string =>
  /^https?:/i.test(text) && URL.canParse(text) ? text : refuse("a URL", "one like https://example.com/", text)

const checkInterval = (text: string): Duration =>
  isInterval(text) ? text : refuse("INTERVAL", "something like \"2 seconds\" or \"500 millis\"", text)

const isInterval = (text: string): text is `${number} ${"millis" | "seconds" | "minutes"}` =>
  /^[1-9]\d* (millis|seconds?|minutes?)$/.test(text)

const refuse = (what: string, expected: string, actual: string): never => {
  console.error(`uptime: ${what} must be ${expected}, not "${actual}"`)
  process.exit(1)
}
