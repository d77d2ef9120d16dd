/**
 * How all services are, in one sentence: for the STATUS of systemd, and for the top of a page. Pure.
 */
import { becauseOf, type Known, known } from "./because.ts"
import { healthOf } from "./health.ts"
import { between, inLine, named, nextInWords } from "./inWords.ts"
import { hasRun, type Node } from "./Tree.ts"
import type { View } from "./View.ts"
import { type Problem, problems } from "./why.ts"

/**
 * At most 200 characters, in one line: `9 of 10 ready; api waits for database (crashed 3 times, next run in 8 s)`. Who has the
 * problems of the view gives them, as they cost more than the rest.
 */
export const news = (view: View, found?: ReadonlyArray<Problem>, all = known(view)): string => {
  if (view.closing !== undefined) return inLine(ending(all, view.closing))
  const healths = Array.from(
    view.services,
    ([path, status]) => healthOf(status, view.specs.get(path)?.readiness ?? "manual")
  )
  const counted = healths.filter((health) => health !== "NotCounted").length
  const ready = healths.filter((health) => health === "Ready").length
  const head = counted === 0 ? "no service is meant to run" : `${ready} of ${counted} ready`
  const [first, ...others] = found ?? problems(view, all)
  if (first === undefined) return head
  const more = others.length > 0 ? `; and ${others.length} more` : ""
  return `${inLine(`${head}; ${problemInWords(all, first)}`, 200 - more.length)}${more}`
}

const problemInWords = (all: Known, { affects, root, sentence }: Problem): string => {
  const [first] = affects
  const status = all.view.services.get(root)
  if (first === undefined || all.view.services.get(first)?._tag !== "Waiting" || status?._tag !== "Backoff") {
    return sentence
  }
  const who = affects.length === 1 ? `${named(first)} waits` : `${named(first)} and ${affects.length - 1} more wait`
  const crashes = status.crashes === 1 ? "crashed once" : `crashed ${status.crashes} times`
  return `${who} for ${named(root)} (${crashes}, ${nextInWords(status.until, all.view.now)})`
}

/** `2 of 10 left: db 4 s of 10 s`. */
const ending = (all: Known, { drainsUntil }: NonNullable<View["closing"]>): string => {
  const { now } = all.view
  const nodes = Array.from(all.tree.nodes.values())
  const left = nodes.filter(hasRun)
  const count = `${left.length} of ${nodes.filter(({ status }) => status.run > 0).length} left`
  if (drainsUntil !== undefined && drainsUntil > now) return `${count}; the stops begin in ${between(now, drainsUntil)}`
  const slowest = slowestOf(left)
  if (slowest === undefined) return count
  const { since } = slowest.status
  const because = becauseOf(all, slowest)
  const limit = "limit" in because && because.limit !== undefined ? ` of ${between(since, because.limit)}` : ""
  return `${count}: ${named(slowest.path)} ${between(since, now)}${limit}`
}

/** Who was asked first to stop, and does not wait for a service inside. */
export const slowestOf = (nodes: ReadonlyArray<Node>): Node | undefined => {
  let slowest: Node | undefined
  for (const node of nodes) {
    if (node.status._tag !== "Stopping" || node.inside.some(hasRun)) continue
    if (slowest === undefined || node.status.since < slowest.status.since) slowest = node
  }
  return slowest
}
