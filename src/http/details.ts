/**
 * What people and programs read: the services, why one is not up, what a command would do.
 */
import { statusAsText, statusLazily } from "../internal/bridge/lazily.ts"
import { fromEntry } from "../internal/bridge/plain.ts"
import { fromCause } from "../internal/bridge/thrown.ts"
import { longestStart, longestStop } from "../operations/budget.ts"
import { graphOf, toDot, toMermaid } from "../operations/graph.ts"
import { news } from "../operations/news.ts"
import { type Command, plan as planOf } from "../operations/plan.ts"
import { problems, why as whyOf } from "../operations/why.ts"
import { type ServiceStatus, states } from "../ServiceStatus.ts"
import type * as Answers from "./answers.ts"
import { type Desk, heading, tagOf, viewOf } from "./Desk.ts"
import { type Answer, data, nothing, pieces, refuse, text } from "./exchange.ts"
import { noService } from "./guard.ts"
import type { Hear } from "./Kept.ts"
import { check, count, globs, oneOf, type Query, someOf } from "./query.ts"
import type { Asked } from "./routes.ts"

/** How many services a page has at the most, and if nothing is said. */
const [mostServices, usualServices] = [10_000, 1000]
/** How many statuses are encoded in one stretch. */
const atOnce = 500

/** If nothing has happened since, the client has the answer. */
const unlessKnown = (desk: Desk, { header }: Asked, answer: (tag: { readonly etag: string }) => Answer): Answer => {
  const etag = tagOf(desk)
  return header("if-none-match")?.includes(etag) === true ? nothing(304, { etag }) : answer({ etag })
}

export const services = (desk: Desk, asked: Asked): Answer => {
  if (oneOf(asked.query, "scope", ["cluster"]) !== undefined) return cluster(desk, asked)
  return unlessKnown(desk, asked, (tag) => asked.path === "" ? list(desk, asked, tag) : one(desk, asked, tag))
}

/** A cluster changes without an event of this governor, so the answer has no tag. */
const cluster = (desk: Desk, { query }: Asked): Answer => {
  check(query, ["scope", "state", "name"])
  const cluster = desk.sight.cluster()
  const isWanted = wantedBy(query)
  const services = (cluster?.status() ?? []).filter(({ name, state }) => isWanted?.(name, state) !== false)
  return data<Answers.Cluster>(200, { ...heading(desk), ...(cluster && { node: cluster.node }), services })
}

/** By the parameters `state` and `name`. Undefined: all are. */
const wantedBy = (query: Query): ((name: string, state: ServiceStatus["_tag"]) => boolean) | undefined => {
  const tags = someOf(query, "state", states)
  const isNamed = globs(query, "name")
  if (tags.size === 0 && isNamed === undefined) return undefined
  return (name, state) => (tags.size === 0 || tags.has(state)) && isNamed?.(name) !== false
}

const list = (desk: Desk, { query }: Asked, tag: { readonly etag: string }): Answer => {
  const { sequence, services } = desk.sight.snapshot()
  const limit = count(query, "limit", mostServices, usualServices)
  const isWanted = wantedBy(query)
  const wanted = isWanted === undefined ? services : services.filter(({ _tag, name }) => isWanted(name, _tag))
  const first = after(wanted, query.get("cursor"))
  const page = wanted.slice(first, first + limit)
  const next = first + limit < wanted.length ? { next: page.at(-1)!.name } : {}
  const head = { ...heading(desk, sequence), total: wanted.length, ...next }
  return pieces("application/json", statusesAsText(head, page), tag)
}

/** The page goes on behind the service that was the last one of the page before. */
const after = (services: ReadonlyArray<ServiceStatus>, cursor: string | null): number => {
  if (cursor === null) return 0
  const last = services.findIndex(({ name }) => name === cursor)
  return last < 0 ? refuse(410, "the service of the cursor is not there any more: begin with the first page") : last + 1
}

type Head = Omit<Answers.Services, "services">

async function* statusesAsText(head: Head, services: ReadonlyArray<ServiceStatus>): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"services":[`
  for (let i = 0; i < services.length; i += atOnce) {
    yield `${i === 0 ? "" : ","}${services.slice(i, i + atOnce).map(statusAsText).join(",")}`
  }
  yield "]}\n"
}

const one = (desk: Desk, { path }: Asked, tag: { readonly etag: string }): Answer => {
  const found = desk.sight.find(path)
  if (found === undefined) return noService(path)
  return data<Answers.Service>(200, { ...heading(desk), service: statusLazily(found.status), spec: found.spec }, tag)
}

/** Why a service is not up; without a path, what is wrong in all. */
export const why = (desk: Desk, { path }: Asked): Answer => {
  const view = viewOf(desk)
  if (path === "") {
    return data<Answers.Problems>(200, { ...heading(desk), news: news(view), problems: problems(view) })
  }
  const found = whyOf(view, path)
  return found === undefined ? noService(path) : data<Answers.Why>(200, { ...heading(desk), why: found })
}

const commands = { stop: "Stop", start: "Start", restart: "Restart" } as const

/** What a command would do. */
export const plan = (desk: Desk, { query }: Asked): Answer => {
  const asked = (["stop", "start", "restart"] as const).filter((name) => query.has(name))
  const command: Command | undefined = asked.length === 0 && query.has("shutdown")
    ? { _tag: "Shutdown" }
    : asked.length === 1 && !query.has("shutdown")
    ? { _tag: commands[asked[0]!], service: query.get(asked[0]!)! }
    : refuse(400, "expected one of these: stop=PATH, start=PATH, restart=PATH, shutdown")
  return planned(desk, command)
}

export const planned = (desk: Desk, command: Command): Answer => {
  const plan = planOf(viewOf(desk), command)
  return plan === undefined
    ? noService("service" in command ? command.service : "")
    : data<Answers.Plan>(200, { ...heading(desk), plan })
}

/** The services and who depends on whom. */
export const graph = (desk: Desk, { query }: Asked): Answer => {
  const around = query.get("around") ?? undefined
  const format = oneOf(query, "format", ["json", "mermaid", "dot"]) ?? "json"
  if (around !== undefined && desk.sight.find(around) === undefined) return noService(around)
  const graph = graphOf(viewOf(desk), around)
  if (format === "json") return data<Answers.Graph>(200, { ...heading(desk), ...graph })
  return format === "dot" ? text(200, toDot(graph)) : text(200, toMermaid(graph))
}

/** The times that the files of process managers follow from. */
export const budget = (desk: Desk): Answer => {
  const view = viewOf(desk)
  const { drainDelay, shutdownTimeout, specs } = view
  const [start, stop] = [longestStart(view).millis, longestStop(view).millis]
  const beats = Array.from(specs.values()).flatMap(({ heartbeatTimeout }) => heartbeatTimeout ?? [])
  return data<Answers.Budget>(200, {
    ...heading(desk),
    longestStart: start,
    longestStop: stop,
    shutdownTimeout,
    drainDelay,
    heartbeatTimeout: beats.length === 0 ? undefined : Math.max(...beats)
  })
}

const levels = ["debug", "info", "warn", "error"] as const

/** The latest lines of the log. */
export const logs = (desk: Desk, { query }: Asked): Answer => {
  const limit = count(query, "limit", mostServices, usualServices)
  const isNamed = globs(query, "services")
  const level = oneOf(query, "level", levels) ?? "debug"
  const found = linesSince(desk, count(query, "after", Number.MAX_SAFE_INTEGER, 0, 0)).filter((line) =>
    levels.indexOf(line.level) >= levels.indexOf(level) &&
    (isNamed === undefined || (line.service !== undefined && isNamed(line.service)))
  )
  return data<Answers.Logs>(200, { ...heading(desk), lines: found.slice(-limit) })
}

/** The lines with a larger number than this. */
const linesSince = ({ kept: { lines } }: Desk, number: number): ReadonlyArray<Answers.Line> => {
  const first = Math.max(lines.first, number + 1)
  return lines.since(number).map((entry, i) => lineOf(first + i, entry))
}

/** A line with its number. */
export const lineOf = (id: number, entry: Hear): Answers.Line => {
  const line = { id, ...fromEntry(entry) }
  return entry.cause === undefined ? line : { ...line, error: fromCause(entry.cause) }
}
