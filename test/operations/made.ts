/** Views that are made by hand. */
import type { Event, ServiceSpec, Status, View } from "../../src/operations/View.ts"

export const thrown = (message: string, name = "Error") => ({
  name,
  message,
  stack: `${name}: ${message}`,
  error: undefined
})

/** What is left out is as in the first run of a service, at time 0. */
type Part<S> = S extends Status ? Partial<S> & Pick<S, "_tag"> : never

export interface Made extends Partial<Omit<ServiceSpec, "name">> {
  readonly status: Part<Status>
}

export const running: Part<Status> = { _tag: "Running" }

export const madeView = (services: Record<string, Made>, rest: Partial<View> = {}): View => ({
  governor: "governor",
  sequence: 1,
  now: 120_000,
  services: new Map(
    Object.entries(services).map(([name, { status }]) => [
      name,
      { name, run: 1, restarts: 0, crashes: 0, since: 0, ...status } as Status
    ])
  ),
  specs: new Map(Object.entries(services).map(([name, made]) => [name, specOf(name, made)])),
  events: [],
  ...rest
})

const specOf = (name: string, { status: _status, ...spec }: Made): ServiceSpec => ({
  dependsOn: spec.bindsTo ?? [],
  bindsTo: [],
  readiness: "manual",
  isProbed: false,
  significant: false,
  health: "required",
  restart: { when: "always" },
  strategy: "one-for-one",
  ...spec,
  name
})

export const crash = (service: string, time: number, message = "no connection"): Event => ({
  _tag: "ServiceCrashed",
  service,
  run: 1,
  time,
  sequence: time,
  cause: thrown(message)
})

export const asked = (service: string, reason: "stop" | "strategy" | "dependency"): Event => ({
  _tag: "ServiceStopping",
  service,
  run: 1,
  time: 1,
  sequence: 1,
  reason
})
