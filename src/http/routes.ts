/**
 * The paths, and who answers. `answer` is the way of each question.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { command } from "./commands.ts"
import type { Desk } from "./Desk.ts"
import * as Details from "./details.ts"
import { drain } from "./drain.ts"
import { events } from "./events.ts"
import { type Answer, problem, type Question, refuse, Refused } from "./exchange.ts"
import { mayRead, type Need, notFound, refusal } from "./guard.ts"
import { incident } from "./incident.ts"
import { metrics } from "./metrics.ts"
import { openapi } from "./openapi.ts"
import { page } from "./page.ts"
import * as Probes from "./probes.ts"
import { check, flag, type Query } from "./query.ts"

/** A question that may be answered. */
export interface Asked {
  /** The path of the service, or empty. */
  readonly path: string
  readonly query: Query
  readonly header: Question["header"]
  /** Whether the text for people is asked for, by somebody who may read it. */
  readonly isVerbose: boolean
}

interface Route {
  readonly need: Need
  readonly parameters: ReadonlyArray<string>
  /** The parameters if the path of a service follows. Undefined: none may follow. */
  readonly parametersOfOne: ReadonlyArray<string> | undefined
  readonly answer: (desk: Desk, asked: Asked) => Answer | Promise<Answer>
}

const route = (
  need: Need,
  answer: Route["answer"],
  parameters: ReadonlyArray<string>,
  parametersOfOne?: ReadonlyArray<string>
): Route => ({ need, parameters, parametersOfOne, answer })

/** What is answered to GET and HEAD. `api.ts` describes each of them. */
export const routes: ReadonlyMap<string, Route> = new Map([
  ["", route("Page", page, [])],
  ["livez", route("Probe", Probes.livez, ["verbose"])],
  ["readyz", route("Probe", Probes.readyz, ["verbose", "exclude"], ["verbose"])],
  ["startupz", route("Probe", Probes.startupz, ["verbose"])],
  ["services", route("Read", Details.services, ["limit", "cursor", "state", "name", "scope"], [])],
  ["why", route("Read", Details.why, [], [])],
  ["plan", route("Read", Details.plan, ["stop", "start", "restart", "shutdown"])],
  ["graph", route("Read", Details.graph, ["format", "around"])],
  ["budget", route("Read", Details.budget, [])],
  ["logs", route("Read", Details.logs, ["limit", "after", "services", "level"])],
  ["incident", route("Read", incident, [])],
  ["events", route("Read", events, ["services", "types", "snapshot", "after"])],
  ["metrics", route("Read", metrics, [])],
  ["openapi.json", route("Read", openapi, [])]
])

/** The paths, as a router wants them: `/*` also stands for nothing. */
export const paths: ReadonlyArray<`/${string}`> = [
  ...Array.from(
    routes,
    ([name, { parametersOfOne }]): `/${string}` => parametersOfOne === undefined ? `/${name}` : `/${name}/*`
  ),
  "/drain"
]

/** Answers a question. Never throws, and never rejects. */
export const answer = (desk: Desk, question: Question): Answer | Promise<Answer> => {
  try {
    const answered = answerOrThrow(desk, question)
    return answered instanceof Promise ? answered.catch((error) => toAnswer(desk, error)) : answered
  } catch (error) {
    return toAnswer(desk, error)
  }
}

/** An error of ours is for the log. To those who ask it could tell how to go on. */
const toAnswer = ({ sight }: Desk, error: unknown): Answer => {
  if (error instanceof Refused) return error.answer
  Effect.runForkWith(sight.context)(Effect.logError("an answer over HTTP could not be made", Cause.die(error)))
  return problem(500, "the answer could not be made")
}

const answerOrThrow = (desk: Desk, question: Question): Answer | Promise<Answer> => {
  const { method, target } = question
  const { name, path, search } = split(target)
  if (method !== "GET" && method !== "HEAD") {
    const query = new URLSearchParams(search)
    return name === "drain" && path === "" ? drain(desk, question, query) : command(desk, question, name, path, query)
  }

  // The probes answer everybody. The rest is for those who may.
  const route = routes.get(name)
  const refused = refusal(question, route?.need ?? "Read", desk.guard)
  if (refused !== undefined) return refused
  const parameters = path === "" ? route?.parameters : route?.parametersOfOne
  if (route === undefined || parameters === undefined) return notFound()

  // A parameter that is not known is an error, and not another question.
  const query = new URLSearchParams(search)
  check(query, parameters)
  const isVerbose = flag(query, "verbose") && mayRead(question, desk.guard)
  return route.answer(desk, { path, query, header: question.header, isVerbose })
}

interface Target {
  /** The first part of the path. */
  readonly name: string
  /** The rest of the path, decoded. */
  readonly path: string
  readonly search: string
}

const split = (target: string): Target => {
  const mark = target.indexOf("?")
  const [whole, search] = mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)]
  const slash = whole.indexOf("/", 1)
  // Where the operations are mounted, nothing may be left of the path. No route has a name with a slash.
  if (!whole.startsWith("/")) return { name: whole === "" ? "" : `/${whole}`, path: "", search }
  return slash < 0
    ? { name: whole.slice(1), path: "", search }
    : { name: whole.slice(1, slash), path: decoded(whole.slice(slash + 1)), search }
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return refuse(400, "the path is not encoded as a URL is")
  }
}
