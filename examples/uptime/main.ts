/**
 * An uptime monitor. It checks whether sites are up, keeps every result in SQLite, shows the latest results on a page
 * of JSON, and reports a summary.
 *
 *     node examples/uptime/main.ts [targets...]
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
import { operations } from "effect-governor/http"
import { notify } from "effect-governor/node"
import { Governor } from "effect-governor/promise"
import { checker } from "./checker.ts"
import { reporter } from "./reporter.ts"
import { StatusServer } from "./server.ts"
import { nowhere, readSettings, refusePort } from "./settings.ts"
import { Store } from "./store.ts"

const settings = readSettings(process.argv.slice(2), process.env)
const store = new Store(settings.database)
const server = new StatusServer(settings.port, () => ({ services: governor.status(), targets: store.latest() }))
const targets = settings.targets.length > 0 ? settings.targets.map((url) => ({ url })) : [server, { url: nowhere }]

const governor = new Governor({ name: "uptime" }).catchSignals({ exitCodes: "cause" }).restart("1 second")

governor.add(server, { readiness: "manual", startTimeout: "10 seconds" }).name("server")
governor.add(store).name("store")
governor.add(checker(targets, settings.interval, store)).name("checker")
// The page is worth having while nobody takes the reports: the probes do not count the reporter.
governor.add(reporter(settings.reportUrl, store), { health: "optional" }).name("reporter")
  .restart("1 second", { backoff: { max: "30 seconds", jitter: true } })

notify(governor)
// Before the first service begins: a probe that comes at once has an answer.
const { drainDelay, token } = settings.operations
const listening = operations(governor, { drainDelay, tokens: { control: token } }).listen(settings.operations.where)
const { url } = await listening.catch(refusePort)
console.log("uptime: a page and operations at %s", url)

governor.start()
await governor.waitForShutdown()

// The services stop together, so a check may have ended after the last write of the store. No more results come now.
store.close()
