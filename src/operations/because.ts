/**
 * Why a service is in the state that it is in, and which other services that is because of. Pure.
 */
import type { StopReason } from "../GovernorEvent.ts"
import { type Facts, factsOf, noFacts } from "./facts.ts"
import { healthOf } from "./health.ts"
import { beside, dependenciesOf, endsByItself, hasRun, isUp, type Node, type Tree, treeOf } from "./Tree.ts"
import type { Status, View } from "./View.ts"

type Cause = NonNullable<Status["lastFailure"]>["cause"]

type Tagged<Tag extends string> = { readonly _tag: Tag }

/** All names are paths, all times are epoch milliseconds. */
export type Because =
  /** The run does its work. `lastCrash` is of an earlier run. */
  | (Tagged<"Works"> & { readonly lastCrash?: { readonly at: number; readonly cause: Cause } })
  | Tagged<"Completed">
  | Tagged<"NeverStarted">
  /** A cluster decides where it runs. */
  | Tagged<"StandsBy">
  /** `reason` is absent if the event is not kept. */
  | (Tagged<"WasStopped"> & { readonly reason?: StopReason; readonly cause?: Cause })
  /** `missing` are those of `for` that were not added. */
  | (Tagged<"Waits"> & { readonly for: ReadonlyArray<string>; readonly missing: ReadonlyArray<string> })
  /** So many crashes in a row that is `span` milliseconds long, as far as the events are kept. Without a `cause` the run has completed. */
  | (Tagged<"InBackoff"> & {
    readonly until: number
    readonly crashes: number
    readonly span: number
    readonly cause?: Cause
    readonly origin?: Origin
  })
  /** The service was stopped, and begins again with these. */
  | (Tagged<"RestartsWith"> & { readonly names: ReadonlyArray<string> })
  /** `through` are the dependencies that have failed, if the service failed because of them. */
  | (Tagged<"HasFailed"> & { readonly cause: Cause; readonly through: ReadonlyArray<string>; readonly origin?: Origin })
  /** `limit` is when the time of the start is over. `cause` is there if the run hangs or has failed, or its probe has. */
  | (Tagged<"NotReady"> & {
    readonly reason?: string
    readonly cause?: Cause
    readonly limit?: number
    readonly isProbe: boolean
  })
  /** The services inside that keep the service from being ready. */
  | (Tagged<"InsideNotReady"> & { readonly names: ReadonlyArray<string> })
  /** The service around this one has no run. */
  | (Tagged<"InsideOf"> & { readonly around: string; readonly cause?: Cause })
  /** `for` are the services that the run had to end for. `limit` is when the time of the stop is over. */
  | (Tagged<"Ends"> & { readonly reason: StopReason; readonly for: ReadonlyArray<string>; readonly limit?: number })
  /** The run ends because the governor shuts down. */
  | (Tagged<"ShutsDown"> & { readonly limit?: number })
  /** The governor shuts down, and these have to end before the service. */
  | (Tagged<"AwaitsItsEnd"> & { readonly for: ReadonlyArray<string> })

/** The failure inside a governor that has failed. */
interface Origin {
  readonly name: string
  readonly cause: Cause
}

/** A view, read once. */
export interface Known {
  readonly view: View
  readonly tree: Tree
  readonly facts: ReadonlyMap<string, Facts>
  /** For each governor, by the service around it, the service that takes its group down; found when it is asked for. */
  readonly heads: Map<Node | undefined, Node | undefined>
}

export const known = (view: View): Known => ({ view, tree: treeOf(view), facts: factsOf(view), heads: new Map() })

export const becauseOf = (known: Known, node: Node): Because => {
  const { status } = node
  if (node.downIn !== undefined && !isCompleted(status)) {
    return { _tag: "InsideOf", around: node.downIn.path, ...(status._tag === "Failed" && { cause: status.cause }) }
  }
  switch (status._tag) {
    case "Pending":
      return { _tag: "NeverStarted" }
    case "Standby":
      return { _tag: "StandsBy" }
    case "Waiting": {
      const paths = status.waitingFor.map((name) => beside(node, name))
      return { _tag: "Waits", for: paths, missing: paths.filter((path) => !known.tree.nodes.has(path)) }
    }
    case "Running":
      return ofRunning(known, node, status)
    case "Starting":
      return ofStarting(known, node, status)
    case "Backoff":
      return ofBackoff(known, node, status)
    case "Stopping":
      return ofStopping(known, node, status)
    case "Stopped":
      return ofStopped(known, node, status)
    case "Failed":
      return ofFailed(known, node, status)
  }
}

type Of<Tag extends Status["_tag"]> = Extract<Status, { readonly _tag: Tag }>

const isCompleted = (status: Status): boolean => status._tag === "Stopped" && status.outcome === "Completed"

const factsIn = ({ facts }: Known, { path }: Node): Facts => facts.get(path) ?? noFacts

const paths = (nodes: ReadonlyArray<Node>): ReadonlyArray<string> => nodes.map(({ path }) => path)

const isUnready = ({ spec, status }: Node): boolean => healthOf(status, spec?.readiness ?? "manual") === "NotReady"

const ofRunning = ({ view }: Known, node: Node, { lastFailure }: Of<"Running">): Because => {
  const above = view.closing === undefined ? [] : node.dependents.filter(hasRun)
  if (above.length > 0) return { _tag: "AwaitsItsEnd", for: paths(above) }
  return { _tag: "Works", ...(lastFailure && { lastCrash: { at: lastFailure.at, cause: lastFailure.cause } }) }
}

const ofStarting = (
  known: Known,
  node: Node,
  { lastFailure, reason, run, since, startedAt }: Of<"Starting">
): Because => {
  const cause = lastFailure?.run === run ? lastFailure.cause : factsIn(known, node).unready
  const inside = cause === undefined && reason === undefined
    ? node.inside.filter((one) => isUnready(one) && one.status._tag !== "Failed")
    : []
  if (inside.length > 0) return { _tag: "InsideNotReady", names: paths(inside) }
  const { readiness, startTimeout } = node.spec ?? {}
  const isFirst = since === startedAt // the time of the start does not begin again for a run that was ready
  return {
    _tag: "NotReady",
    ...(reason !== undefined && { reason }),
    ...(cause && { cause }),
    ...(isFirst && startTimeout !== undefined && { limit: since + startTimeout }),
    isProbe: readiness === "probe"
  }
}

const ofBackoff = (known: Known, node: Node, { cause, since, until }: Of<"Backoff">): Because => {
  const { crashes, firstCrash } = factsIn(known, node)
  return {
    _tag: "InBackoff",
    until,
    crashes: cause === undefined ? 0 : crashes,
    span: Math.max(0, since - firstCrash),
    ...(cause && { cause, ...originOf(node, cause) })
  }
}

const ofStopping = (known: Known, node: Node, { reason, since }: Of<"Stopping">): Because => {
  const own = node.spec?.stopTimeout
  const all = reason === "shutdown" ? known.view.closing?.until : undefined
  const until = Math.min(own === undefined ? Infinity : since + own, all ?? Infinity)
  const limit = until === Infinity ? {} : { limit: until }
  if (reason === "shutdown") return { _tag: "ShutsDown", ...limit }
  return { _tag: "Ends", reason, for: endsFor(known, node, reason), ...limit }
}

const endsFor = (known: Known, node: Node, reason: StopReason): ReadonlyArray<string> => {
  if (reason === "strategy") return headsOf(known, node)
  if (reason !== "dependency") return []
  const bound = new Set(node.spec?.bindsTo.map((name) => beside(node, name)))
  return paths(dependenciesOf(known.tree, node).filter((one) => bound.has(one.path) && !isWell(one)))
}

const isWell = ({ spec, status }: Node): boolean => healthOf(status, spec?.readiness ?? "manual") === "Ready"

const ofStopped = (known: Known, node: Node, { cause, outcome }: Of<"Stopped">): Because => {
  if (outcome === "Completed") return { _tag: "Completed" }
  const { stopReason } = factsIn(known, node)
  const names = stopReason === "strategy" ? headsOf(known, node) : []
  if (names.length > 0) return { _tag: "RestartsWith", names }
  return { _tag: "WasStopped", ...(stopReason && { reason: stopReason }), ...(cause && { cause }) }
}

const ofFailed = ({ tree }: Known, node: Node, { cause }: Of<"Failed">): Because => {
  const through = cause.name === "DependencyFailed"
    ? paths(dependenciesOf(tree, node).filter(({ status }) => status._tag === "Failed"))
    : []
  return { _tag: "HasFailed", cause, through, ...originOf(node, cause) }
}

/** A governor that has failed names the service inside that failed, and not what with. */
const originOf = (node: Node, cause: Cause): { readonly origin?: Origin } => {
  let origin: Origin | undefined
  let failed: Node | undefined = node
  for (let latest = cause; latest.name === "GovernorFailed" && failed !== undefined; latest = origin.cause) {
    failed = failed.inside.find(({ spec, status }) => status._tag === "Failed" && spec?.significant !== false)
    if (failed?.status._tag !== "Failed") break
    origin = { name: failed.path, cause: failed.status.cause }
  }
  return origin === undefined ? {} : { origin }
}

// --- groups ---

/** Because of whom the group of the service is down, as far as that shows. */
const headsOf = (known: Known, node: Node): ReadonlyArray<string> => {
  switch (node.spec?.strategy) {
    case "dependents":
      return paths(dependenciesOf(known.tree, node).filter((one) => isHead(one) || isTaken(known, one)))
    case "one-for-all":
    case "rest-for-one": {
      const head = headIn(known, node.around)
      return head === undefined || head === node ? [] : [head.path]
    }
    default:
      return []
  }
}

const isHead = (node: Node): boolean => (node.status._tag === "Backoff" && !isWell(node)) || endsByItself(node)

const isTaken = (known: Known, node: Node): boolean =>
  node.status._tag === "Stopping"
    ? node.status.reason === "strategy"
    : !isUp(node) && factsIn(known, node).stopReason === "strategy"

const headIn = ({ heads, tree }: Known, around: Node | undefined): Node | undefined => {
  if (!heads.has(around)) heads.set(around, (around?.inside ?? tree.top).find(isHead))
  return heads.get(around)
}

// --- what follows from it ---

/** The services because of which the service is in its state. */
export const linksOf = (because: Because): ReadonlyArray<string> => {
  switch (because._tag) {
    case "Waits":
    case "Ends":
    case "AwaitsItsEnd":
      return because.for
    case "HasFailed":
      return because.through
    case "InsideNotReady":
    case "RestartsWith":
      return because.names
    case "InsideOf":
      return [because.around]
    default:
      return []
  }
}

/** Whether there is nothing to worry about. What a shutdown stops is as well as what waits for its turn. */
export const isWellBecause = (node: Node, because: Because): boolean => {
  switch (because._tag) {
    case "ShutsDown":
    case "AwaitsItsEnd":
      return true
    case "RestartsWith":
      return false
    case "InsideOf":
      return node.status._tag !== "Failed" && !isUnready(node.downIn!)
    default:
      return !isUnready(node)
  }
}
