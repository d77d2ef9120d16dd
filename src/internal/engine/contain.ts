/**
 * How a governor becomes a part of the tree of the governor around it, and how it leaves that tree.
 */
import type { Contained } from "../../ServiceRun.ts"
import { insideOf } from "../lifecycle/inside.ts"
import { rareOf, type ServiceState } from "../lifecycle/ServiceState.ts"
import { Branch } from "../telling/Tree.ts"

/** The latest run of the service consists of this governor. */
export const contain = (service: ServiceState, inside: Contained): void => {
  rareOf(service).inside = inside
  insideOf(service)!.branch.join(service.governor.branch)
  service.governor.nesting.add(service)
}

/**
 * The governor inside of the service leaves the tree, as the next run of the service makes another one, or the service was
 * removed. It may still tell of late failures; but there may be other services of these paths by then.
 */
export const release = (service: ServiceState): void => {
  const inside = insideOf(service)
  if (inside === undefined) return
  const leaving = [inside]
  for (const { nesting } of leaving) leaving.push(...Array.from(nesting, insideOf).filter((one) => one !== undefined))
  Branch.leave(leaving.map(({ branch }) => branch))
  service.rare!.inside = undefined
}
