/**
 * The uptime monitor as a cluster of three processes on a PostgreSQL. Now and then this program kills one of them, and one
 * sees its services begin elsewhere.
 *
 *     node examples/cluster/main.ts [targets...]
 *
 * This program is supervised by the package as well: the database, the three nodes, and the killer are its services. A node
 * that was killed has crashed, and is restarted as any service is.
 *
 * With `DATABASE_URL` it starts no database, and makes the schema `uptime` in that one. `KILL_EVERY`, `RESTART_AFTER`,
 * `LEASE`, `INTERVAL`: times such as "20 seconds". Commands on the pages need a token: set OPS_TOKEN.
 *
 * Ctrl-C ends the nodes, then the database, with exit code 0.
 */
import { operations } from "effect-governor/http"
import { Governor, Probe } from "effect-governor/promise"
import { fileURLToPath } from "node:url"
import { refusePort } from "../uptime/settings.ts"
import { startDatabase } from "./database.ts"
import { freePort } from "./freePort.ts"
import { ProgramProcess } from "./process.ts"
import { readSettings } from "./settings.ts"

const settings = await readSettings(process.argv.slice(2), process.env)
const governor = new Governor({ name: "cluster" }).catchSignals().restart("1 second")

// --- the database ---

let database = settings.database
const databases = database === undefined ? ["database"] : []
if (database === undefined) {
  const port = await freePort()
  governor.add("database", async ({ defer, log, ready, sleep }) => {
    const { folder, pid, stop, url } = await startDatabase({ port })
    defer(stop)
    database = url
    log("PostgreSQL runs as process %d, with its files in %s", pid(), folder)
    ready()
    await sleep("Infinity")
  }, { readiness: "manual", liveness: Probe.tcp(port, { every: "1 second" }) })
}

// --- the nodes ---

const program = fileURLToPath(new URL("node.ts", import.meta.url))
const nodes = settings.nodes.map(({ node, page }, i) => {
  const ports = { NODE_PORT: String(node), OPS_PORT: String(page) }
  const own = new ProgramProcess(program, () => ({ ...settings.forNodes, ...ports, DATABASE_URL: database }))
  return { name: `node-${i + 1}`, page: `http://127.0.0.1:${page}`, process: own }
})
for (const { name, page, process } of nodes) {
  governor.add(name, process, { bindsTo: databases, readiness: Probe.http(`${page}/readyz`, { every: "250 millis" }) })
    .restart(settings.restartAfter)
}

// --- the killer ---

const names = nodes.map(({ name }) => name)
const isReady = (name: string) => governor.get(name).status()._tag === "Running"

governor.add("killer", async ({ log, sleep }) => {
  log("all nodes are ready")
  let kills = 0
  while (!(await sleep(settings.killEvery))) {
    if (!names.every(isReady)) continue // one at a time
    const victim = nodes[kills++ % nodes.length]! // each in its turn
    log("kills %s, process %d, with SIGKILL", victim.name, victim.process.pid)
    await victim.process.kill()
  }
}, { dependsOn: names })

// --- what there is to see ---

const listening = operations(governor, { tokens: { control: process.env["OPS_TOKEN"] || undefined } })
  .listen({ port: settings.page })
const { url } = await listening.catch(refusePort)

console.log(`uptime: three nodes, each with a page of its services:
${nodes.map(({ name, page }) => `  ${page}  ${name}`).join("\n")}
  ${url}  this program: the nodes as services
Every ${settings.killEvery} one is killed, and restarted after ${settings.restartAfter}. Its services go on elsewhere.
Try: kill -9 or kill -STOP the process of a node, and see in the log which node reports then.`)

governor.start()
await governor.waitForShutdown()
