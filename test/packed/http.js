import { operations } from "effect-governor/http"
import { Governor } from "effect-governor/promise"

const governor = new Governor({ log: () => {} }).restart(0)
const { url } = await operations(governor, { tokens: { control: "secret" } }).listen()

governor.add("ticker", async ({ run, sleep }) => {
  console.log("run", run)
  await sleep("1 hour")
})
governor.start()

const headers = { authorization: "Bearer secret" }
await fetch(`${url}/services/ticker/restart?wait=10s`, { method: "POST", headers })
const ready = await fetch(`${url}/readyz`)
const { ok } = await governor.shutdown()
console.log("ok", ok && ready.status === 200)
