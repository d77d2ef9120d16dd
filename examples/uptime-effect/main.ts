/**
 * The uptime monitor of `examples/uptime` with Effect. Services are effects and layers, and layers provide what the
 * services share.
 *
 *     node examples/uptime-effect/main.ts [targets...]
 *
 * Without targets, it checks its own page, which is up, and an address where nothing listens. The reports go to that
 * address too, so the reporter crashes, and is restarted after growing delays. Start a server there, and both work:
 *
 *     node -e 'http.createServer((_, response) => response.end()).listen(4999)'
 *
 * http://127.0.0.1:9000 is a page of the services. Probes and programs ask there too. Commands need a token: set OPS_TOKEN.
 * README.md has the questions under "Operating it".
 *
 * Ctrl-C ends the program.
 */
import { Governor, RestartPolicy } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Cause from "effect/Cause"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type { ServeError } from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { checking } from "./checker.ts"
import { Database } from "./database.ts"
import { Operating } from "./operating.ts"
import { Page } from "./page.ts"
import { backoff, reporting } from "./reporter.ts"
import { server } from "./server.ts"
import { Settings } from "./settings.ts"
import { Store, storing } from "./store.ts"

/**
 * The resources that the services share. They are closed when all services have ended: first the store, then its
 * database.
 */
const Resources = Layer.mergeAll(Store.layer, Page.layer, FetchHttpClient.layer).pipe(Layer.provide(Database.layer))

const Services = Layer.mergeAll(
  Operating,
  Governor.service(server),
  Governor.service("store", storing),
  Governor.service("checker", checking),
  // The page is worth having while nobody takes the reports: the probes do not count the reporter.
  Governor.service("reporter", reporting, { health: "optional", restart: RestartPolicy.always(backoff) })
).pipe(Layer.provide(Resources))

const leave = (code: number, message: string) =>
  Effect.sync(() => {
    console.error(`uptime: ${message}`)
    process.exitCode = code
  })

/** Exit code 78: the settings are wrong, and no restart repairs them. */
const refuse = ({ cause: { message } }: Config.ConfigError) => leave(78, message.replaceAll(/\s+/g, " "))

/** Exit code 70: perhaps whoever has the port now is about to leave. */
const refusePort = ({ cause }: ServeError) =>
  leave(70, `nobody can ask how the services are (OPS_PORT): ${cause instanceof Error ? cause.message : String(cause)}`)

/** On a terminal the log is easy to read for people. Otherwise each entry is one line, for machines. */
const Log = Logger.layer([process.stdout.isTTY ? Logger.consolePretty() : Logger.consoleLogFmt])

Governor.launch(Services, { name: "uptime", restart: RestartPolicy.spaced("1 second") }).pipe(
  Effect.provide(Settings.layer(process.argv.slice(2), process.env)), // read before there is a governor
  Effect.catchTag("ConfigError", refuse),
  Effect.catchTag("ServeError", refusePort),
  Effect.tapCauseIf((cause) => !Cause.hasInterruptsOnly(cause), (cause) => Effect.logError("failed", cause)),
  Effect.provide(Log),
  // It would print the error to the default logger, not to ours.
  GovernorNode.runMain({ disableErrorReporting: true, exitCodes: "cause" })
)
