/**
 * All that is known of a governor, and of the time that is kept, as a file: `src/operations/Recording.ts` reads it. A client that
 * begins with this follows the events that come after the latest one in it.
 */
import { statusAsText } from "../internal/bridge/lazily.ts"
import { fromEvent } from "../internal/bridge/plain.ts"
import { plainClosing } from "../internal/view.ts"
import type { Head } from "../operations/Recording.ts"
import { type Desk, heading } from "./Desk.ts"
import { linesSince } from "./details.ts"
import { type Answer, pieces } from "./exchange.ts"

/** How many lines are encoded in one stretch. */
const atOnce = 500

/** What is in the answer is of one moment, however long the answer takes. */
export const incident = (desk: Desk): Answer => {
  const { before, events } = desk.kept
  const parts = [
    partOf([headOf(desk)], (incident) => `{"incident":${JSON.stringify(incident)}}`),
    partOf(before.statuses(), (status) => `{"status":${statusAsText(status)}}`),
    partOf(desk.sight.specs(), (spec) => `{"spec":${JSON.stringify(spec)}}`),
    partOf(events.since(0), (event) => `{"event":${JSON.stringify(fromEvent(event))}}`),
    partOf(linesSince(desk, 0), (line) => `{"line":${JSON.stringify(line)}}`)
  ]
  return pieces("application/x-ndjson", textOf(parts))
}

/** Lines of one kind, which become text when their turn comes. */
interface Part {
  readonly length: number
  /** The text of the next lines from this one on. */
  readonly textFrom: (first: number) => string
}

const partOf = <A>(all: ReadonlyArray<A>, inText: (one: A) => string): Part => ({
  length: all.length,
  textFrom: (first) => all.slice(first, first + atOnce).map((one) => `${inText(one)}\n`).join("")
})

async function* textOf(parts: ReadonlyArray<Part>): AsyncGenerator<string> {
  for (const { length, textFrom } of parts) {
    for (let first = 0; first < length; first += atOnce) yield textFrom(first)
  }
}

const headOf = (desk: Desk): Head => {
  const { kept: { before }, sight } = desk
  const [timeout, drainDelay] = [sight.shutdownTimeout(), sight.drainDelay()]
  const closing = before.closing()
  return {
    ...heading(desk, before.sequence()),
    ...(timeout !== Infinity && { shutdownTimeout: timeout }),
    ...(drainDelay > 0 && { drainDelay }),
    ...(closing && { closing: plainClosing(closing) })
  }
}
