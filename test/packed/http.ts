import { Governor } from "effect-governor"
import {
  type Listening,
  type ListenOptions,
  Operations,
  operations,
  type OperationsOptions
} from "effect-governor/http"
import { Governor as PlainGovernor } from "effect-governor/promise"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const options: OperationsOptions = { tokens: { control: "secret" }, hosts: undefined, keep: 10 }
const where: ListenOptions = { port: 0 }

const governor = new PlainGovernor({ log: () => {} })
const ops: Operations.Operations = operations(governor, options)
const listening: Listening = await ops.listen(where)

governor.add("ticker", async ({ run, sleep }) => {
  console.log("run", run)
  await sleep("1 hour")
})
governor.start()

const headers = { authorization: "Bearer secret" }
await fetch(`${listening.url}/services/ticker/restart?wait=10s`, { method: "POST", headers })
const { ok } = await governor.shutdown()
console.log("ok", ok)

const Services = Layer.mergeAll(Governor.service("hello", Effect.void), Operations.layer(where))
export const program = Governor.launch(Services)

// @ts-expect-error: what is checked here has types
export const wrong = () => operations(governor, { token: "secret" })
