/**
 * A service as a whole cluster sees it, beside what the own node says of it. Pure.
 */
import type { ClusterStatus } from "../ClusterStatus.ts"
import { type Health, healthOf } from "./health.ts"
import { ageInSeconds } from "./inShort.ts"
import { inLine } from "./inWords.ts"
import type { Status, View } from "./View.ts"

export type { ClusterStatus } from "../ClusterStatus.ts"

/** What a node of a cluster answers of all services that the cluster places. */
export interface Cluster {
  /** The address of the node that answers. */
  readonly node: string
  /** By the paths of the services. */
  readonly services: ReadonlyMap<string, ClusterStatus>
}

/** From the answer to `/services?scope=cluster`. Undefined: the process is in no cluster. */
export const clusterIn = ({ node, services }: {
  readonly node?: string
  readonly services: ReadonlyArray<ClusterStatus>
}): Cluster | undefined =>
  node === undefined ? undefined : { node, services: new Map(services.map((one) => [one.name, one])) }

/** How the service is in the whole cluster: as its owner says. Of what runs here, this node itself knows more. */
export const statusIn = (cluster: Cluster | undefined, status: Status): Status => {
  const seen = cluster?.services.get(status.name)
  if (seen?.node === undefined || seen.node === cluster!.node) return status
  return statusOf(seen, status)
}

/** The view with the services as they are in the whole cluster. */
export const viewIn = (cluster: Cluster | undefined, view: View): View =>
  cluster === undefined ? view : {
    ...view,
    services: new Map(Array.from(view.services, ([path, status]) => [path, statusIn(cluster, status)]))
  }

/** `own`: what is known of the service where its owner has not said anything yet. */
export const statusOf = ({ name, since, state, status }: ClusterStatus, own?: Status): Status => {
  const usual = { run: 0, restarts: 0, crashes: 0 }
  return { ...usual, ...own, since, ...status, name, _tag: state } as Status
}

/** `unreachable for 8 s`: what the owner said last may not be so any more. Empty: the owner answers. */
export const unreachableInWords = ({ unreachableSince }: ClusterStatus, now: number): string =>
  unreachableSince === undefined ? "" : `unreachable for ${ageInSeconds(unreachableSince, now)}`

/** `on 10.0.0.7:7000, epoch 3`, behind `unreachable for 8 s` if it is so. */
export const placeInShort = (seen: ClusterStatus, now: number): string => {
  const { epoch, node } = seen
  const place = node === undefined ? "on no node yet" : `on ${inLine(node)}, epoch ${epoch}`
  return [unreachableInWords(seen, now), place].filter(Boolean).join(", ")
}

/** Whether the service is up on some node. A service that shall run, and does so nowhere, is not. */
export const healthIn = (seen: ClusterStatus): Health => {
  const { desired, state, unreachableSince } = seen
  if (desired === "completed") return "Ready"
  if (desired === "stopped") return "NotCounted"
  return unreachableSince !== undefined || state === "Standby" ? "NotReady" : healthOf(statusOf(seen), "manual")
}
