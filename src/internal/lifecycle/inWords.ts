/**
 * What a service is doing, and for whom it waits, in words. Pure.
 */
import * as Cause from "effect/Cause"
import { inShort, listedAs } from "../input/listed.ts"
import { failureOf } from "./questions.ts"
import { missing, unreadyInWords } from "./readiness.ts"
import type { ServiceState } from "./ServiceState.ts"

/** For whom the service waits, and what these are doing. */
export const missingInWords = (service: ServiceState): string => {
  const { services } = service.governor
  const inWords = (name: string): string => {
    const dependency = services.get(name)
    return `"${name}" (${dependency === undefined ? "not added" : stateOf(dependency)})`
  }
  return listedAs(missing(service), inWords, ", ")
}

/** What the service is doing. */
export const inWords = (service: ServiceState): string =>
  service.status._tag === "Waiting" ? `Waiting for ${missingInWords(service)}` : stateOf(service)

const stateOf = (service: ServiceState): string => {
  const { status: { _tag } } = service
  const failure = failureOf(service)
  const why = failure === undefined ? unreadyInWords(service) : `latest failure: ${inShort(Cause.squash(failure))}`
  return why === undefined ? _tag : `${_tag}, ${why}`
}
