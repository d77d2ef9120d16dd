/**
 * Services that are added and removed while the process runs, one for each tenant.
 *
 *     node examples/14-dynamic.ts
 *
 * Tenants are added, stopped, started, restarted and removed. After each step the program prints the status of all
 * tenants. It ends by itself.
 */
import { Governor, type ServiceAPI } from "effect-governor/promise"

const governor = new Governor().catchSignals()

const serve = async ({ log, run, sleep }: ServiceAPI) => {
  log("open (run %d)", run)
  await sleep("Infinity") // a real service would serve its tenant here
  log("closed")
}

/** Adds and starts the service of a tenant. Resolves when the service runs. */
const open = (tenant: string): Promise<void> => {
  governor.add(tenant, serve)
  return governor.get(tenant).start()
}

const show = (step: string): void => {
  const tenants = governor.status().map(({ _tag, name, run }) => `${name} is ${_tag} (run ${run})`)
  console.log("%s: %s", step, tenants.join(", ") || "nobody is there")
}

await open("acme")
await open("globex")
show("two added")

const acme = governor.get("acme")
await acme.stop()
show("acme stopped")
await acme.start()
show("acme started")

await governor.get("globex").restart()
show("globex restarted")

await open("initech")
await acme.remove()
show("initech added, acme removed")

await open("acme") // `remove` freed the name
show("another acme added")

await governor.shutdown("closing time")
show("shut down")
