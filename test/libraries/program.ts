/** A program with the services of a recipe: `node program.ts <recipe>`. */
import { Governor, type Service } from "effect-governor/promise"

const recipe = process.argv[2]
const services: Readonly<Record<string, Service["run"]>> = await import(`./recipes/${recipe}.ts`)

const governor = new Governor().catchSignals().restart("1 second")
governor.onEvent(({ _tag, ...event }) => {
  if (_tag === "ServiceReady") console.log("ready:", event)
})
for (const [name, service] of Object.entries(services)) governor.add(name, service, { readiness: "manual" })
governor.start()
await governor.waitForShutdown()
