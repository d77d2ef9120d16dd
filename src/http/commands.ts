/**
 * The commands: start, stop and restart of one service.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { statusLazily } from "../internal/bridge/lazily.ts"
import type { Found } from "../internal/sight.ts"
import type * as Answers from "./answers.ts"
import { type Desk, heading } from "./Desk.ts"
import { planned } from "./details.ts"
import { type Answer, data, problem, type Question, refuse } from "./exchange.ts"
import { noService, notFound, refusal } from "./guard.ts"
import { check, duration, flag, type Query } from "./query.ts"

/** Each command, and what its plan calls it. */
const tags = { start: "Start", stop: "Stop", restart: "Restart" } as const

type Name = keyof typeof tags

export const commandNames = Object.keys(tags)
export const commandParameters = ["wait", "dryRun"]

/** How long an answer may wait for its state, in milliseconds. */
export const longest = 300_000

/** Answers `POST /services/<path>/<command>`, and whatever else is neither GET nor HEAD. */
export const command = async (
  desk: Desk,
  question: Question,
  name: string,
  path: string,
  query: Query
): Promise<Answer> => {
  const refused = refusal(question, "Control", desk.guard)
  if (refused !== undefined) return refused
  const [service, asked] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)]
  if (name !== "services" || !isName(asked) || !path.includes("/")) return notFound()
  if (question.method !== "POST") return problem(405, "a command is sent by POST", {}, { allow: "POST" })

  // Only what a page of another site cannot send without being asked.
  check(query, commandParameters)
  await checkBody(question)
  const wait = duration(query, "wait", longest)
  const found = desk.sight.find(service)
  if (found === undefined) return noService(service)

  // Two people who look at the same run do not both end it.
  checkRun(question.header("if-match"), found)
  if (flag(query, "dryRun")) return planned(desk, { _tag: tags[asked], service })
  return done(desk, service, await settledWithin(desk, found.handle[asked], wait ?? 0))
}

const isName = (name: string): name is Name => Object.hasOwn(tags, name)

/** A command has no body, or an empty JSON object: a form of another page cannot send that. */
export const checkBody = async ({ body, header }: Question): Promise<void> => {
  const text = await body().catch(() =>
    refuse(400, "the body cannot be read: it broke off, or somebody has read it before")
  )
  if (text === undefined) return refuse(413, "a command has no body, or an empty JSON object")
  const type = header("content-type")
  if (type !== undefined && !/^application\/json *(;|$)/i.test(type)) refuse(415, "expected application/json")
  if (text === "") return
  if (type === undefined) refuse(415, "expected application/json")
  if (!isEmptyObject(text)) refuse(400, "expected no body, or an empty JSON object")
}

const isEmptyObject = (text: string): boolean => {
  try {
    return JSON.stringify(JSON.parse(text)) === "{}"
  } catch {
    return false
  }
}

const checkRun = (match: string | undefined, { status: { run } }: Found): void => {
  if (match === undefined || match === "*") return
  const [, number] = /^"?(\d{1,15})"?$/.exec(match.trim()) ??
    refuse(400, "If-Match: expected the number of a run, as \"12\"")
  if (Number(number) !== run) {
    refuse(412, `the service is in run ${run} now, and the command is for run ${number}`, { run })
  }
}

export type Fate = "Reached" | "UnderWay" | { readonly error: unknown }

/** How a command went, as soon as that is known, or the time is over. The command goes on in any case. */
export const settledWithin = async (
  { sight }: Desk,
  command: Effect.Effect<unknown, unknown>,
  millis: number
): Promise<Fate> => {
  const fiber: Fiber.Fiber<unknown, unknown> = Effect.runForkWith(sight.context)(command)
  const settled = new Promise<void>((resolve) => void fiber.addObserver(() => resolve()))
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis)
    timer.unref?.()
  })
  await Promise.race([settled, over])
  clearTimeout(timer)
  const exit = fiber.pollUnsafe()
  if (exit === undefined) return "UnderWay"
  return exit._tag === "Success" ? "Reached" : { error: Cause.squash(exit.cause) }
}

const done = (desk: Desk, path: string, fate: Fate): Answer => {
  if (typeof fate === "object") return conflict(fate.error)
  const status = desk.sight.find(path)?.status
  const body: Answers.Commanded = {
    ...heading(desk),
    reached: fate === "Reached",
    ...(status && { service: statusLazily(status) })
  }
  return fate === "Reached"
    ? data(200, body)
    : data(202, body, { location: `../${encodeURIComponent(path.slice(path.lastIndexOf("/") + 1))}` })
}

/** Why a governor refuses a command. What else goes wrong is an error of ours. */
export const conflict = (error: unknown): Answer => {
  if (typeof error !== "object" || error === null || !("_tag" in error) || !(error instanceof Error)) throw error
  if (error._tag === "UnknownService") return notFound()
  return problem(409, error.message, { reason: error._tag, ...("known" in error && { known: error.known }) })
}
