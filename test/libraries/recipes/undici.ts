import type { ServiceAPI } from "effect-governor/promise"
import { Agent, request } from "undici"

export const client = async ({ defer, log, ready, signal, sleep }: ServiceAPI) => {
  const dispatcher = new Agent()
  defer(() => dispatcher.close())
  ready()
  do {
    log("begun: a request")
    const { body } = await request(process.env["API_URL"] ?? "", { dispatcher, signal })
    log("answer: %s", await body.text())
  } while (!(await sleep("1 second")))
}
