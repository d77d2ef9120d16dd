/**
 * `start`, `stop` and `restart`: commands for services, by their names and patterns.
 */
import { createInterface } from "node:readline/promises"
import { hasStar } from "../../operations/globs.ts"
import { between, inLine, namesInWords, printable } from "../../operations/inWords.ts"
import type { Plan } from "../../operations/plan.ts"
import type { Status } from "../../operations/View.ts"
import type { Why } from "../../operations/why.ts"
import { type Address, ask, dataIn, encoded, read, readJson, refusalIn } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { incidentAt } from "../incident.ts"
import { complain, print, writeJson } from "../output.ts"
import { othersHit, planLines } from "../shown/plans.ts"
import { type Line, line, span } from "../shown/text.ts"
import { waitInCluster } from "./cluster.ts"
import { chosen } from "./status.ts"
import { millisOf, waitFor } from "./waiting.ts"

export type Act = "start" | "stop" | "restart"

export interface Asked {
  readonly names: ReadonlyArray<string>
  readonly dryRun: boolean
  readonly json: boolean
  readonly yes: boolean
  /** How long to wait for the state that the command asks for. */
  readonly wait: string | undefined
}

export const act = (act: Act) => async (address: Address, asked: Asked): Promise<ExitCode> => {
  const millis = asked.wait === undefined ? undefined : millisOf("--wait", asked.wait)
  const paths = await pathsOf(address, asked.names)

  // Somebody at a terminal may not know whom else it hits.
  if (asked.dryRun) return showPlans(address, act, paths, asked.json)
  if (process.stdin.isTTY && process.stderr.isTTY && !asked.yes && !(await isWanted(address, act, paths))) {
    complain("nothing was done")
    return exitCodes.refused
  }

  // All at once: one may have to wait for another.
  const begun = Date.now()
  const answers = await Promise.all(paths.map((path) => command(address, act, path, millis ?? 0)))
  if (asked.json) answers.forEach(tell)
  else print(await linesOf(address, act, answers, millis !== undefined))
  const worst = worstOf(answers.map(({ code }) => code))
  if (worst !== exitCodes.done || millis === undefined || act === "stop") return worst

  // A command is done when the next run has begun. Who waits wants it ready, on whichever node.
  const left = () => Math.max(0, millis - (Date.now() - begun))
  const elsewhere = answers.flatMap(({ path, state }) => state === "Standby" ? [path] : [])
  const here = paths.filter((path) => !elsewhere.includes(path))
  const code = worstOf([
    here.length === 0 ? exitCodes.done : await waitFor(address, here, "ready", left()),
    elsewhere.length === 0 ? exitCodes.done : await waitInCluster(address, elsewhere, left())
  ])
  if (code === exitCodes.done && !asked.json) print([line(`ready after ${between(begun, Date.now())}`, "good")])
  return code
}

/** The paths that the names and patterns stand for. Only patterns need a look at the services. */
const pathsOf = async (address: Address, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  if (names.length === 0) {
    throw new Failed(exitCodes.usage, "expected the name of a service, or a pattern such as 'ingest/*'")
  }
  if (!names.some(hasStar)) return Array.from(new Set(names))
  // The recording has all of them, however many there are.
  const { recording } = await incidentAt(address)
  const paths = Array.from(recording.view(0).services.keys(), (path) => ({ path }))
  return chosen(paths, names).map(({ path }) => path)
}

const targetOf = (act: Act, path: string): string => `/services/${encoded(path)}/${act}`

const plansOf = (address: Address, act: Act, paths: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
  Promise.all(paths.map((path) => read(address, `${targetOf(act, path)}?dryRun`, { method: "POST" })))

const planIn = (address: Address) => (text: string): Plan => (dataIn(address, text) as { readonly plan: Plan }).plan

const showPlans = async (
  address: Address,
  act: Act,
  paths: ReadonlyArray<string>,
  json: boolean
): Promise<ExitCode> => {
  const texts = await plansOf(address, act, paths)
  const plans = texts.map(planIn(address))
  if (json) texts.forEach(writeJson)
  else {print(
      plans.flatMap((plan, i) => [...(paths.length > 1 ? [line(inLine(paths[i]!), "bold")] : []), ...planLines(plan)])
    )}
  return plans.every(({ refused }) => refused === undefined) ? exitCodes.done : exitCodes.refused
}

/** Asks, if others are hit than those that were named. */
const isWanted = async (address: Address, act: Act, paths: ReadonlyArray<string>): Promise<boolean> => {
  const plans = (await plansOf(address, act, paths)).map(planIn(address))
  const others = othersHit(plans, paths)
  if (others.length === 0) return true
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  const question = `${act} ${namesInWords(paths)}? This also stops or starts: ${namesInWords(others)}. ` +
    `${plans.map(({ sentence }) => printable(sentence)).join("; ")}. [y/N] `
  try {
    return /^y(es)?$/i.test((await asking.question(question)).trim())
  } finally {
    asking.close()
  }
}

// --- the command itself ---

interface Answered {
  readonly path: string
  readonly code: ExitCode
  /** The body, if the governor has taken the command. */
  readonly text?: string
  readonly sentence?: string
  readonly state?: Status["_tag"]
}

/** The governor waits no longer than this for the state, in milliseconds. */
const longestWait = 300_000

const command = async (address: Address, act: Act, path: string, millis: number): Promise<Answered> => {
  const wait = Math.min(millis, longestWait)
  const target = `${targetOf(act, path)}${wait > 0 ? `?wait=${Math.round(wait)}ms` : ""}`
  const answer = await ask(address, target, { method: "POST", patience: wait + 5000 })
  if (answer.status !== 200 && answer.status !== 202) {
    const { code, sentence } = refusalIn(address, answer)
    return { path, code, sentence }
  }
  const { service } = dataIn(address, answer.text) as { readonly service?: Status }
  const isLate = answer.status === 202 && millis > 0
  return {
    path,
    text: answer.text,
    code: isLate ? exitCodes.timedOut : exitCodes.done,
    ...(service && { state: service._tag }),
    ...(isLate && { sentence: `not done after ${between(0, wait)}` })
  }
}

/** What a program reads is the body. There is none of what was refused. */
const tell = ({ path, sentence, text }: Answered): void => {
  if (text !== undefined) writeJson(text)
  if (sentence !== undefined) complain(`${inLine(path)}: ${sentence}`)
}

const done = { start: "started", stop: "stopped", restart: "restarted" } as const

/** Why those are late that are. */
const linesOf = async (
  address: Address,
  act: Act,
  answers: ReadonlyArray<Answered>,
  waits: boolean
): Promise<ReadonlyArray<Line>> => {
  const reasons = answers.filter(({ code }) => code === exitCodes.timedOut).map(async ({ path }) => {
    const { why } = await readJson<{ readonly why: Why }>(address, `/why/${encoded(path)}`)
    return line(`  ${why.sentence}`)
  })
  return [...answers.map((answer) => inWords(act, answer, waits)), ...await Promise.all(reasons)]
}

const inWords = (act: Act, { code, path, sentence, state }: Answered, waits: boolean): Line => {
  const what = sentence ?? (waits ? done[act] : `${act} asked for`)
  return [
    span(`${inLine(path)}: `),
    span(what, code === exitCodes.done ? "good" : "bad"),
    span(state === undefined ? "" : `; it is ${state} now`)
  ]
}

/** What is refused tells more than what is late. */
const worstOf = (codes: ReadonlyArray<ExitCode>): ExitCode => {
  const order: ReadonlyArray<ExitCode> = [77, 4, 1, 69, 64, 70, 75, 3]
  return order.find((code) => codes.includes(code)) ?? exitCodes.done
}
