/**
 * All that is known of a governor, and of the time that is kept, as a file: `src/operations/Recording.ts` reads it. A client that
 * begins with this follows the events that come after the latest one in it.
 */
import { statusAsText } from "../internal/bridge/lazily.ts"
import { fromEvent } from "../internal/bridge/plain.ts"
import { plainClosing } from "../internal/view.ts"
import type { Head } from "../operations/Recording.ts"
import { type Desk, heading } from "./Desk.ts"
import { lineOf } from "./details.ts"
import { type Answer, pieces } from "./exchange.ts"

/** How many characters are encoded in one stretch, and how many lines. Errors may have long messages and stacks. */
const [longest, most] = [32_768, 200]

/** What is in the answer is of one moment, however long the answer takes. */
export const incident = (desk: Desk): Answer => {
  const { before, events, lines } = desk.kept
  const { first } = lines
  const parts = [
    partOf([headOf(desk)], (incident) => `{"incident":${JSON.stringify(incident)}}`),
    partOf(before.statuses(), (status) => `{"status":${statusAsText(status)}}`),
    partOf(desk.sight.specs(), (spec) => `{"spec":${JSON.stringify(spec)}}`),
    partOf(events.since(0), (event) => `{"event":${JSON.stringify(fromEvent(event))}}`),
    partOf(lines.since(0), (entry, i) => `{"line":${JSON.stringify(lineOf(first + i, entry))}}`)
  ]
  return pieces("application/x-ndjson", textOf(parts))
}

/** Lines of one kind, which become text when their turn comes. */
function* partOf<A>(all: ReadonlyArray<A>, inText: (one: A, i: number) => string): Generator<string> {
  for (const [i, one] of all.entries()) yield `${inText(one, i)}\n`
}

async function* textOf(parts: ReadonlyArray<Iterable<string>>): AsyncGenerator<string> {
  let [text, lines] = ["", 0]
  for (const part of parts) {
    for (const line of part) {
      text += line
      lines++
      if (text.length < longest && lines < most) continue
      yield text
      text = ""
      lines = 0
    }
  }
  if (text !== "") yield text
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
