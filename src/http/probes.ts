/**
 * What probes ask: may the process go on, may it have work, has it come up. The code is for machines, the text for people.
 */
import { durationInWords } from "../internal/input/durationInWords.ts"
import { healthOf } from "../operations/health.ts"
import type { View } from "../operations/View.ts"
import { why } from "../operations/why.ts"
import { type Desk, viewOf } from "./Desk.ts"
import { type Answer, text } from "./exchange.ts"
import { notFound } from "./guard.ts"
import { all } from "./query.ts"
import type { Asked } from "./routes.ts"

/** How many services the text for people names at the most. */
const most = 100

const green = text(200, "ok\n")
const stuck = text(503, "stuck\n")
const leaving = text(503, "shutting down\n")
const notStarted = text(503, "not started\n")
const notReady = text(503, "not ready\n")

/**
 * Whether the process can go on. Red only for what the governor cannot mend: an abandoned run keeps something significant from
 * running.
 */
export const livez = ({ sight }: Desk, { isVerbose }: Asked): Answer => {
  const names = sight.stuck()
  if (names.length === 0) return green
  return isVerbose
    ? text(503, lines("stuck", names.slice(0, most).map((name) => `[-] ${name}: its abandoned run may still be there`)))
    : stuck
}

/** Whether the process may have work: all are ready that are required, and no shutdown has begun. */
export const readyz = (desk: Desk, asked: Asked): Answer => {
  if (asked.path !== "") return readyOf(desk, asked)
  const excluded = all(asked.query, "exclude")
  const answer = excluded.length === 0 ? readiness(desk) : readinessBut(desk, excluded)
  return asked.isVerbose ? text(answer.status, verbose(desk, excluded, answer)) : answer
}

/** Green from the moment on at which all have been ready that are required. */
export const startupz = (desk: Desk, asked: Asked): Answer => {
  if (desk.memory.hasBeenReady) return green
  const answer = readiness(desk)
  return asked.isVerbose ? text(answer.status, verbose(desk, [], answer)) : answer
}

const readiness = (desk: Desk): Answer => {
  const { memory, sight, unreadyAfter } = desk
  if (sight.closing() !== undefined) return leaving
  const { isReady, wasStarted } = look(desk)
  if (!wasStarted) return notStarted
  if (isReady) {
    memory.isGreen = memory.hasBeenReady = true
    memory.unreadySince = undefined
    return green
  }
  memory.unreadySince ??= sight.now()
  if (sight.now() - memory.unreadySince >= unreadyAfter) memory.isGreen = false
  return memory.isGreen ? green : notReady
}

/** Nothing has changed if there was no event. */
const look = ({ memory, sight }: Desk): NonNullable<Desk["memory"]["latest"]> => {
  const sequence = sight.sequence()
  if (memory.latest?.sequence === sequence) return memory.latest
  const { unready, wasStarted } = sight.health(1)
  return memory.latest = { sequence, wasStarted, isReady: unready.length === 0 }
}

const readinessBut = ({ sight }: Desk, excluded: ReadonlyArray<string>): Answer => {
  if (sight.closing() !== undefined) return leaving
  const { unready, wasStarted } = sight.health(Infinity)
  if (!wasStarted) return notStarted
  return unready.some((path) => !isWithin(path, excluded)) ? notReady : green
}

const isWithin = (path: string, around: ReadonlyArray<string>): boolean =>
  around.some((one) => path === one || path.startsWith(`${one}/`))

/** One service, whether it is required or not. */
const readyOf = ({ sight }: Desk, { path }: Asked): Answer => {
  const found = sight.find(path)
  if (found === undefined) return notFound()
  if (sight.closing() !== undefined) return leaving
  return healthOf(found.status, found.spec.readiness) === "Ready" ? green : notReady
}

// --- for people ---

const verbose = (desk: Desk, excluded: ReadonlyArray<string>, answer: Answer): string => {
  const { unready } = desk.sight.health(Infinity)
  const counted = unready.filter((path) => !isWithin(path, excluded))
  const view = viewOf(desk)
  const said = counted.slice(0, most).map((path) => `[-] ${inWords(view, path)}`)
  const rest = counted.length > most ? [`… and ${counted.length - most} more`] : []
  const left = excluded.map((path) => `[+] ${path}: excluded`)
  const verdict = answer.body._tag === "Text" ? answer.body.text.trim() : ""
  return lines(verdict, [...said, ...rest, ...left])
}

/** What is wrong with the service, and for how long. */
const inWords = (view: View, path: string): string => {
  const { chain = [], sentence = path } = why(view, path) ?? {}
  const since = chain[0]?.since
  return since === undefined ? sentence : `${sentence} (for ${durationInWords(view.now - since)})`
}

const lines = (verdict: string, lines: ReadonlyArray<string>): string => `${[...lines, verdict].join("\n")}\n`
