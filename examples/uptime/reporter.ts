/**
 * The service that posts a summary every few seconds. It handles no errors: an error crashes it, and its restart is the
 * retry.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { explain } from "./explain.ts"
import type { Store } from "./store.ts"

/** How long the upstream may take, in milliseconds. */
const patience = 5000

export const reporter = (url: string, store: Store) => async ({ log, signal, sleep }: ServiceAPI) => {
  do {
    const results = store.latest()
    const up = results.filter((result) => result.up).length
    const summary = { up, down: results.length - up }
    await post(url, summary, signal)
    log("reported %j", summary)
  } while (!(await sleep("5 seconds")))
}

const post = async (url: string, summary: unknown, signal: AbortSignal): Promise<void> => {
  const headers = { "content-type": "application/json" }
  const either = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const request = fetch(url, { method: "POST", headers, body: JSON.stringify(summary), signal: either })
  const response = await request.catch((error: unknown) => {
    signal.throwIfAborted() // if the run has to end, this is no failure
    throw new Error(`cannot report to ${url}: ${explain(error)}`, { cause: error })
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`cannot report to ${url}: it answered ${response.status}`)
}
