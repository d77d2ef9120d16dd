/**
 * An uptime monitor: it checks whether sites are up, keeps every result in SQLite, shows the latest ones on a page of
 * JSON, and reports a summary.
 *
 *     node examples/uptime/main.ts [targets...]
 *
 * Without targets it checks its own page, which is up, and an address where nobody listens. Nobody takes the reports
 * either, so the reporter crashes, and is restarted later and later. Let something listen there and all is well:
 *
 *     node -e 'http.createServer((_, response) => response.end()).listen(4999)'
 *
 * Ctrl-C leaves.
 */
import { Governor } from "effect-governor/promise"
import { checker } from "./checker.ts"
import { reporter } from "./reporter.ts"
import { StatusServer } from "./server.ts"
import { nowhere, readSettings } from "./settings.ts"
import { Store } from "./store.ts"

const settings = readSettings(process.argv.slice(2), process.env)
const store = new Store(settings.database)
const server = new StatusServer(settings.port, () => ({ services: governor.status(), targets: store.latest() }))
const targets = settings.targets.length > 0 ? settings.targets.map((url) => ({ url })) : [server, { url: nowhere }]

const governor = new Governor().catchSignals().restart("1 second")

governor.add(server).name("server")
governor.add(store).name("store")
governor.add(checker(targets, settings.interval, store)).name("checker")
governor.add(reporter(settings.reportUrl, store)).name("reporter")
  .restart("1 second", { backoff: { max: "30 seconds", jitter: true } })

governor.start()
await governor.waitForShutdown()

// The services stop together: a check may have ended after the store's last write. Now nothing comes any more.
store.close()
