/**
 * What a command would do: who is hit, in which order, and how long that takes at most. Pure. The rules are those of
 * `docs/supervision.md` and `docs/commands.md`.
 */
import { healthOf } from "./health.ts"
import { endOf, inTurn, shutdownNext, stopSteps } from "./inTurn.ts"
import { planInWords, refusal } from "./planInWords.ts"
import { boundTo, dependenciesOf, endsByItself, hasRun, isUp, isWanted, type Node, type Tree, treeOf } from "./Tree.ts"
import type { View } from "./View.ts"

export type Command =
  | { readonly _tag: "Stop" | "Restart" | "Start"; readonly service: string }
  | { readonly _tag: "Shutdown" }

/** What is done at one time. A step begins when the one before is over, or earlier for those that wait for less. */
export interface Step {
  readonly action: "drain" | "stop" | "start"
  /** A service is followed by the services inside it that are stopped in the same step. */
  readonly services: ReadonlyArray<string>
  /** In milliseconds; absent: there is no limit. */
  readonly atMost?: number
}

export interface Plan {
  readonly command: Command
  readonly steps: ReadonlyArray<Step>
  /** How long all takes at most, in milliseconds, if no run fails; absent: there is no limit. */
  readonly atMost?: number
  /** Who may take as long as it likes. */
  readonly unlimited: ReadonlyArray<string>
  /** The services that depend on one that is hit, and go on without it. */
  readonly goesOn: ReadonlyArray<string>
  /** Why the governor refuses the command, or the command does nothing. */
  readonly refused?: string
  readonly sentence: string
}

/** A part of a plan. */
interface Part {
  readonly steps: ReadonlyArray<Step>
  /** In milliseconds; `Infinity`: there is no limit. */
  readonly atMost: number
  readonly unlimited: ReadonlyArray<Node>
}

/** Undefined: there is no such service. */
export const plan = (view: View, command: Command): Plan | undefined => {
  const tree = treeOf(view)
  if (command._tag === "Shutdown") return planOf(command, shutdownParts(view, tree), [])
  const node = tree.nodes.get(command.service)
  if (node === undefined) return undefined
  const refused = refusal(view, command._tag, node)
  if (refused !== undefined) return planOf(command, [], [], refused)
  const hit = command._tag === "Start" && (isUp(node) || node.status._tag === "Waiting")
    ? []
    : hitBy(command._tag, node)
  const stops = stopPart(view, tree, hit, (one) => boundBelow(tree, node, one))
  const starts = command._tag === "Stop"
    ? []
    : [startPart(view, tree, node, command._tag === "Start" && isUp(node), hit)]
  return planOf(command, [stops, ...starts], goingOn(hit))
}

const planOf = (
  command: Command,
  parts: ReadonlyArray<Part>,
  goesOn: ReadonlyArray<string>,
  refused?: string
): Plan => {
  const steps = parts.flatMap(({ steps }) => steps)
  const atMost = parts.reduce((sum, part) => sum + part.atMost, 0)
  const unlimited = Array.from(new Set(parts.flatMap(({ unlimited }) => unlimited)), ({ path }) => path)
  const plan = {
    command,
    steps,
    ...limited(atMost),
    unlimited,
    goesOn,
    ...(refused !== undefined && { refused })
  }
  return { ...plan, sentence: planInWords(plan) }
}

const stepsOf = (
  action: Step["action"],
  levels: ReadonlyArray<ReadonlyArray<Node>>,
  timeOf: (node: Node) => number
): ReadonlyArray<Step> =>
  levels.map((level): Step => {
    const atMost = level.reduce((most, node) => Math.max(most, timeOf(node)), 0)
    const services = level.map(({ path }) => path)
    return atMost === Infinity ? { action, services } : { action, services, atMost }
  })

const limited = (atMost: number) => atMost === Infinity ? {} : { atMost }

// --- stops ---

/**
 * The service, and the services that are bound to it, directly or through others, and up. A service that has completed leaves
 * those go on that are bound to it, unless it begins once more.
 */
const hitBy = (command: "Stop" | "Restart" | "Start", service: Node): ReadonlyArray<Node> => {
  const isDown = !isWanted(service)
  if (isDown && (command === "Stop" || isUnready(service))) return []
  const hit = new Set([service])
  for (const node of hit) boundTo(node).filter((one) => isUp(one) && !endsByItself(one)).forEach((one) => hit.add(one))
  if (isDown || command === "Start") hit.delete(service)
  return Array.from(hit)
}

/** Among bound services, one that others are bound to waits for these. The service that was named waits for nobody. */
const boundBelow = (tree: Tree, named: Node, node: Node): ReadonlyArray<Node> =>
  dependenciesOf(tree, node).filter((one) => one !== named && boundTo(one).includes(node))

const stopPart = (
  { now }: View,
  tree: Tree,
  nodes: ReadonlyArray<Node>,
  next: (node: Node) => ReadonlyArray<Node>,
  most = Infinity
): Part => {
  const stopTime = (node: Node): number => hasRun(node) ? stopLimit(node, now) : 0
  const atMost = Math.min(most, endOf(inTurn(nodes, next, stopTime), stopTime))
  const steps: Array<Array<Node>> = []
  for (const [node, step] of stopSteps(tree, nodes, next)) if (isWanted(node)) (steps[step] ??= []).push(node)
  const timeOf = stopTimeWithin(stopTime)
  return {
    steps: stepsOf("stop", Object.values(steps), (node) => Math.min(most, timeOf(node))),
    atMost,
    unlimited: nodes.filter((node) => stopTime(node) === Infinity)
  }
}

/** A run that was asked before has the time that is left. */
const stopLimit = ({ spec, status }: Node, now: number): number => {
  const limit = spec?.stopTimeout ?? Infinity
  return status._tag === "Stopping" ? Math.max(0, status.since + limit - now) : limit
}

/** A service inside has no more time than the service around it. Remembers the answers, because a tree may be deep. */
const stopTimeWithin = (stopTime: (node: Node) => number) => {
  const known = new Map<Node | undefined, number>([[undefined, Infinity]])
  return (node: Node): number => {
    const line: Array<Node> = []
    for (let one: Node | undefined = node; one !== undefined && !known.has(one); one = one.around) line.push(one)
    for (const one of line.toReversed()) known.set(one, Math.min(stopTime(one), known.get(one.around)!))
    return known.get(node)!
  }
}

/** The services that depend on one that is hit, are up and are not hit. */
const goingOn = (hit: ReadonlyArray<Node>): ReadonlyArray<string> => {
  const others = new Set(hit.flatMap(({ dependents }) => dependents.filter(isUp)))
  hit.forEach((node) => others.delete(node))
  return Array.from(others, ({ path }) => path)
}

const shutdownParts = (view: View, tree: Tree): ReadonlyArray<Part> => {
  const { closing, now, shutdownTimeout = Infinity } = view
  const drainDelay = closing === undefined ? view.drainDelay ?? 0 : Math.max(0, (closing.drainsUntil ?? now) - now)
  const most = closing === undefined ? shutdownTimeout : Math.max(0, (closing.until ?? Infinity) - now)
  const drain = Math.min(drainDelay, most)
  const step: Step = { action: "drain", services: [], atMost: drain }
  const stops = stopPart(view, tree, tree.top, (node) => shutdownNext(tree, node), most - drain)
  return drain > 0 ? [{ steps: [step], atMost: drain, unlimited: [] }, stops] : [stops]
}

// --- starts ---

/**
 * Starts the dependencies that are not up, also if the service itself is there; the service; and those that were stopped because
 * they are bound to it.
 */
const startPart = (view: View, tree: Tree, service: Node, isThere: boolean, hit: ReadonlyArray<Node>): Part => {
  const below = unready(tree, service)
  const again = new Set(isThere ? [] : [service, ...hit])
  const nodes = Array.from(new Set([...below, ...again]))
  const begins = (node: Node): boolean => again.has(node) || !isWanted(node)
  const waitOf = (node: Node): number => startTime(node, view.now, again.has(node))
  const turns = inTurn(nodes, ({ dependents }) => dependents, waitOf)
  const steps = inTurn(nodes, ({ dependents }) => dependents, (node) => begins(node) ? 1 : 0)
  const levels: Array<Array<Node>> = []
  for (const [node, step] of steps.begins) if (begins(node)) (levels[step] ??= []).push(node)
  return {
    steps: stepsOf("start", Object.values(levels), waitOf),
    atMost: endOf(turns, waitOf),
    unlimited: nodes.filter((node) => waitOf(node) === Infinity)
  }
}

/** The dependencies of the service that are not ready, directly or through others. */
const unready = (tree: Tree, service: Node): ReadonlySet<Node> => {
  const found = new Set<Node>()
  const add = (node: Node) => {
    for (const one of dependenciesOf(tree, node)) if (isUnready(one)) found.add(one)
  }
  add(service)
  for (const node of found) add(node)
  found.delete(service)
  return found
}

const isUnready = ({ spec, status }: Node): boolean => healthOf(status, spec?.readiness ?? "manual") !== "Ready"

/** How long it takes at most until the service is ready, if no run fails. */
const startTime = ({ spec, status }: Node, now: number, again: boolean): number => {
  const limit = spec?.readiness === "automatic" ? 0 : spec?.startTimeout ?? Infinity
  if (again) return limit
  if (status._tag === "Backoff") return Math.max(0, status.until - now) + limit
  const { startedAt } = status
  return status._tag === "Starting" && startedAt !== undefined ? Math.max(0, startedAt + limit - now) : limit
}
