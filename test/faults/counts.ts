/** What the books count. */

/** Over all governors. */
export interface Counts {
  events: number
  starts: number
  ends: number
  crashes: number
  abandoned: number
  late: number
  waits: number
  unready: number
  checks: number
  services: number
}

export const noCounts = (): Counts => ({
  events: 0,
  starts: 0,
  ends: 0,
  crashes: 0,
  abandoned: 0,
  late: 0,
  waits: 0,
  unready: 0,
  checks: 0,
  services: 0
})

/** What is counted at which event. */
export const counted: { readonly [tag: string]: ReadonlyArray<Exclude<keyof Counts, "events">> } = {
  ServiceAdded: ["services"],
  ServiceStarting: ["starts"],
  ServiceCompleted: ["ends"],
  ServiceCrashed: ["ends", "crashes"],
  ServiceInterrupted: ["ends"],
  ServiceAbandoned: ["abandoned"],
  LateFailure: ["late"],
  ServiceWaiting: ["waits"],
  ServiceUnready: ["unready"]
}
