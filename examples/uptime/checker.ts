/**
 * The service that checks the targets, each in its own rhythm: one that hangs holds up no other.
 */
import type { Duration, ServiceAPI } from "effect-governor/promise"
import { explain } from "./explain.ts"
import type { Result, Store } from "./store.ts"

/** Its URL may not be known yet: that of a server which is to listen on any free port. */
export interface Target {
  readonly url: string | undefined
}

/** How long an answer may take, in milliseconds. */
const patience = 5000

export const checker = (targets: ReadonlyArray<Target>, interval: Duration, store: Store) => {
  const watch = async ({ log, signal, sleep }: ServiceAPI, target: Target) => {
    do {
      const result = target.url === undefined ? undefined : await check(target.url, signal)
      if (result !== undefined) {
        store.add(result)
        log("%s is %s (%s)", result.target, result.up ? "up" : "down", result.error ?? result.status)
      }
    } while (!(await sleep(interval)))
  }
  return async (api: ServiceAPI) => {
    await Promise.all(targets.map((target) => watch(api, target)))
  }
}

/** Undefined if the check was broken off: that says nothing about the target. */
const check = async (target: string, signal: AbortSignal): Promise<Result | undefined> => {
  const begun = performance.now()
  const base = () => ({ target, time: Date.now(), millis: Math.round(performance.now() - begun) })
  try {
    const response = await fetch(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) })
    await response.body?.pipeTo(new WritableStream()) // an answer counts once all of it is there
    return { ...base(), up: response.ok, status: response.status }
  } catch (error) {
    return signal.aborted ? undefined : { ...base(), up: false, error: explain(error) }
  }
}
