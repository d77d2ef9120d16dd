/**
 * `why`, `plan` and `graph`: what the governor says of itself.
 */
import type { Graph } from "../../operations/graph.ts"
import type { Plan } from "../../operations/plan.ts"
import type { Problem, Why } from "../../operations/why.ts"
import { type Address, read, readBoth, readJson } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { print, width, writeJson, writeLines } from "../output.ts"
import { graphLines } from "../shown/graphs.ts"
import { planLines } from "../shown/plans.ts"
import type { Line } from "../shown/text.ts"
import { problemLines, whyLines } from "../shown/whys.ts"

interface Problems {
  readonly now: number
  readonly news: string
  readonly problems: ReadonlyArray<Problem>
}

/** What is wrong in all, or why one service is not up. */
export const why = async (
  address: Address,
  { json, name }: { readonly json: boolean; readonly name: string | undefined }
): Promise<ExitCode> => {
  const { data: answer, text } = await readBoth<Problems | { readonly now: number; readonly why: Why }>(
    address,
    name === undefined ? "/why" : `/why/${encodeURIComponent(name)}`
  )
  if (json) writeJson(text)
  else print("why" in answer ? await linesOf(address, answer) : problemLines(answer.news, answer.problems, answer.now))
  const isWell = "why" in answer ? answer.why.isWell : answer.problems.length === 0
  return isWell ? exitCodes.done : exitCodes.notUp
}

/** What it comes from, and what comes from it. */
const linesOf = async (
  address: Address,
  { now, why }: { readonly now: number; readonly why: Why }
): Promise<ReadonlyArray<Line>> => {
  if (why.isWell) return whyLines(why, now)
  const { problems } = await readJson<Problems>(address, "/why")
  return whyLines(why, now, problems.find(({ root }) => root === why.name))
}

export const commands = ["stop", "start", "restart", "shutdown"] as const

export interface Asked {
  readonly json: boolean
  readonly command: (typeof commands)[number]
  readonly name: string | undefined
}

/** What a command would do. */
export const plan = async (address: Address, { command, json, name }: Asked): Promise<ExitCode> => {
  if ((command === "shutdown") !== (name === undefined)) {
    const expected = command === "shutdown" ? "no name" : "the name of a service"
    throw new Failed(exitCodes.usage, `plan ${command}: expected ${expected}`)
  }
  const asked = `/plan?${command}${name === undefined ? "" : `=${encodeURIComponent(name)}`}`
  const { data: { plan }, text } = await readBoth<{ readonly plan: Plan }>(address, asked)
  if (json) writeJson(text)
  else print(planLines(plan))
  return plan.refused === undefined ? exitCodes.done : exitCodes.refused
}

export const formats = ["text", "mermaid", "dot"] as const

/** Who depends on whom. */
export const graph = async (
  address: Address,
  { around, format, json }: {
    readonly json: boolean
    readonly around: string | undefined
    readonly format: (typeof formats)[number]
  }
): Promise<ExitCode> => {
  const near = around === undefined ? "" : `around=${encodeURIComponent(around)}&`
  if (json) writeJson((await readBoth(address, `/graph?${near}format=json`)).text)
  else if (format === "text") print(graphLines(await readJson<Graph>(address, `/graph?${near}format=json`), width()))
  else writeLines(`${await read(address, `/graph?${near}format=${format}`)}\n`)
  return exitCodes.done
}
