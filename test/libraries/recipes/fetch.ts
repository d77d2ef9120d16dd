import type { ServiceAPI } from "effect-governor/promise"

export const client = async ({ log, ready, signal, sleep }: ServiceAPI) => {
  ready()
  do {
    log("begun: a request")
    const response = await fetch(process.env["API_URL"] ?? "", { signal }) // rejects with the reason of the signal
    log("answer: %s", await response.text())
  } while (!(await sleep("1 second")))
}
