/**
 * The service that checks the targets. Each target has its own loop, so a target that hangs does not delay the others.
 */
import type { Duration, ServiceAPI } from "effect-governor/promise"
import { explain } from "./explain.ts"
import type { Result, Store } from "./store.ts"

/** A site to check. Its URL is unknown as long as a server that takes any free port does not listen. */
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

/** Checks a target. The result is undefined if the check was broken off, because that says nothing about the target. */
const check = async (target: string, signal: AbortSignal): Promise<Result | undefined> => {
  const begun = performance.now()
  const base = () => ({ target, time: Date.now(), millis: Math.round(performance.now() - begun) })
  try {
    const response = await fetch(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) })
    await response.body?.pipeTo(new WritableStream()) // an answer counts once it is complete
    return { ...base(), up: response.ok, status: response.status }
  } catch (error) {
    return signal.aborted ? undefined : { ...base(), up: false, error: explain(error) }
  }
}
