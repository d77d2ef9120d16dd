/**
 * The termination message: a short text that says why the process ended, in a file that Kubernetes reads. Pure, but for
 * `write`, which the hub calls as the process exits.
 */
import * as Cause from "effect/Cause"
import { durationInWords } from "../internal/input/durationInWords.ts"
import { inShort, listed, listedAs } from "../internal/input/listed.ts"
import type { ServiceReport, ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { type HubState, type Member, settingsFor } from "./HubState.ts"
import type { System } from "./system.ts"

/** In bytes. Kubernetes keeps no more of a message. */
const limit = 4096

/** In characters. One long error must not hide who else failed. */
const longestError = 500

/** How far a governor has come as the process leaves. */
export interface Ending {
  readonly reason: ShutdownReason | undefined
  /** How long its shutdown took, or has taken so far, in milliseconds; undefined if no shutdown began. */
  readonly duration: number | undefined
  readonly services: ShutdownReport["services"]
  /** The paths of the services with an abandoned run that has not settled. */
  readonly unsettled: ReadonlyArray<string>
  /** The names of the services that still have a run, though nobody has given them up. */
  readonly running: ReadonlyArray<string>
}

/** The text of the message: first what ended the process, then how each of these governors ended. */
export const messageOf = (
  code: number | string,
  endings: ReadonlyArray<Ending>,
  errors: ReadonlyArray<unknown> = []
): string =>
  [
    `exit code ${code}`,
    ...errors.map((error) => `error: ${errorInWords(error)}`),
    ...endings.flatMap(linesOf)
  ].join("\n") + "\n"

const linesOf = ({ duration, reason, running, services, unsettled }: Ending): ReadonlyArray<string> => {
  const failed = services.filter(({ cause, outcome }) => outcome !== "Abandoned" && cause !== undefined)
  const given = services.filter(({ outcome }) => outcome === "Abandoned").map(({ name }) => name)
  const abandoned = [...new Set([...given, ...unsettled])].filter((name) => !running.includes(name))
  const why = reason === undefined ? "no shutdown had begun" : reasonInWords(reason)
  return [
    duration === undefined ? why : `${why}; the shutdown took ${durationInWords(duration)}`,
    ...(failed.length === 0 ? [] : [listedAs(failed, failureInWords, "; ").replaceAll("; failed: ", "\nfailed: ")]),
    ...(abandoned.length === 0 ? [] : [`abandoned: ${listed(abandoned)}`]),
    ...(running.length === 0 ? [] : [`still running: ${listed(running)}`])
  ]
}

const failureInWords = ({ cause, name, outcome }: ServiceReport): string =>
  `failed: "${name}"${outcome === "Stopped" ? " while it stopped" : ""}: ${errorInWords(Cause.squash(cause!))}`

const reasonInWords = (reason: ShutdownReason): string => {
  switch (reason._tag) {
    case "Signal":
      return `the process received ${reason.signal}`
    case "Uncaught":
      return "an uncaught error reached the process"
    case "Expelled":
      return `the process may not be in its cluster: ${errorInWords(Cause.squash(reason.cause))}`
    case "Requested":
      return reason.message === undefined ? "a shutdown was asked for" : `a shutdown was asked for: ${reason.message}`
    case "Aborted":
      return "the signal of the governor was aborted"
    case "ScopeClosed":
      return "the scope of the governor was closed"
    case "Significant":
      return `the significant service "${reason.service}" ${reason.cause === undefined ? "is over" : "failed"}`
    case "AllOver":
      return "all services are over"
  }
}

/** An error and, if there is one, the first error that led to it. */
const errorInWords = (error: unknown): string => {
  const root = rootOf(error)
  const words = cutAt(inShort(error), longestError)
  return root === error ? words : `${words}; root cause: ${cutAt(inShort(root), longestError)}`
}

/** The most causes that are followed: an error may be its own cause. */
const mostCauses = 20

const rootOf = (error: unknown): unknown => {
  let root = error
  for (let i = 0; i < mostCauses; i++) {
    const next = causeOf(root)
    if (next === undefined || next === null) break
    root = next
  }
  return root
}

/** The cause of an error may be a `Cause`. A getter of the user may throw. */
const causeOf = (error: unknown): unknown => {
  try {
    const cause = error instanceof Error ? error.cause : undefined
    return Cause.isCause(cause) ? Cause.squash(cause) : cause
  } catch {
    return undefined
  }
}

const cutAt = (text: string, length: number): string => text.length <= length ? text : `${text.slice(0, length)}…`

/** The bytes of the text, as many as Kubernetes keeps. No character is cut in two. */
export const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(limit)
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written)
}

// --- the members of a process ---

/** How many members are kept for the message, which has no room for more. */
const mostKept = 16

/** Keeps the member if the message is to say how it ended, and the latest ones only. */
export const keep = ({ failed }: HubState, member: Member): void => {
  failed.delete(member)
  if (member.isOk || settingsFor(member)?.terminationMessage === undefined) return
  failed.add(member)
  const [first] = failed
  if (failed.size > mostKept && first !== undefined) failed.delete(first)
}

/** Writes the message, unless there is nothing to say. Never throws. */
export const write = (state: HubState, system: System): void => {
  const { active, failed, failedProgram, left, listening } = state
  const members = [...new Set([...failed, ...left, ...active])].filter(({ isProgram }) => !isProgram)
  const speakers = [...members, ...listening, ...(failedProgram === undefined ? [] : [failedProgram])]
  const path = speakers.map((member) => settingsFor(member)?.terminationMessage).find((path) => path !== undefined)
  if (path === undefined) return
  const endings = members.filter(hasToSay).map((member) => endingOf(member, state, system))
  const errors = errorsIn(state)
  if (endings.length === 0 && errors.length === 0) return
  system.overwrite(path, bytesOf(messageOf(system.exitCode ?? 0, endings, errors)))
}

const hasToSay = ({ isOk, phase, target }: Member): boolean =>
  phase === "Active" || !isOk || target.unsettled().length > 0

const endingOf = ({ endedBy, phase, report, target }: Member, { asked }: HubState, system: System): Ending => {
  const isOver = phase === "Over"
  const reason = report?.reason ?? (isOver ? endedBy : undefined) ?? target.reason()
  const soFar = asked !== undefined && reason !== undefined ? Math.round(system.now() - asked.at) : undefined
  return {
    reason,
    duration: reason?._tag === "AllOver" ? undefined : isOver && report !== undefined ? report.duration : soFar,
    services: isOver ? report?.services ?? [] : [],
    unsettled: target.unsettled(),
    running: isOver ? [] : target.running()
  }
}

/** The errors that ended the process beside those of the services. */
const errorsIn = ({ asked, failedProgram, failure, fatal }: HubState): ReadonlyArray<unknown> => {
  const errors = asked?.reason._tag === "Uncaught" ? [Cause.squash(asked.reason.cause)] : []
  if (fatal !== undefined) errors.push(fatal.error)
  if (failedProgram !== undefined && failure !== undefined && !isTold(failure)) errors.push(failure)
  return errors
}

/** The report of the governor says it better. */
const isTold = (error: unknown): boolean => error instanceof Error && error.name === "GovernorFailed"
