/**
 * Which exit code the process has. A code that the user has set is never replaced.
 */
import type { ShutdownReport } from "../ShutdownReport.ts"
import { type HubState, type Member, settingsFor } from "./HubState.ts"
import type { System } from "./system.ts"

/** The codes that say why the process ended: 1 says nothing more, unless the options ask for the cause. */
export const Code = { failure: 1, configuration: 78, service: 70, abandoned: 124, unclean: 75 } as const

/** If several of the codes apply, the first of these counts. */
const order: ReadonlyArray<number> = [
  Code.configuration,
  Code.service,
  Code.abandoned,
  Code.unclean,
  Code.failure
]

/** The one of the codes that counts; 0 if there is none. */
export const worst = (codes: Iterable<number>): number => {
  const all = new Set(codes)
  return order.find((code) => all.has(code)) ?? 0
}

// --- the decisions ---

/** The code for the cause of an end. `unsettled` has the services with an abandoned run that has not settled. */
export const codeOfEnd = (
  { ok, reason, services }: Pick<ShutdownReport, "ok" | "reason" | "services">,
  unsettled: ReadonlyArray<string>
): number => {
  if (reason._tag === "Uncaught" || reason._tag === "Expelled") return Code.service
  if (reason._tag === "Significant" && reason.cause !== undefined) return Code.service
  if (unsettled.length > 0 || services.some(({ outcome }) => outcome === "Abandoned")) return Code.abandoned
  if (ok) return 0
  return reason._tag === "AllOver" ? Code.service : Code.unclean // no shutdown was asked for: the services have failed
}

/** The errors of options that no restart repairs. By their tags, because several copies of the package may be there. */
const configuration = new Set<unknown>(["InvalidOption", "DuplicateService", "ConfigError"])

/** The code for an error that ends the process. Once a service has run, its options are as good as any other cause. */
export const codeOfError = (error: unknown, hasRun: boolean): number =>
  !hasRun && configuration.has(tagOf(error)) ? Code.configuration : Code.service

/**
 * The code for the end of a program of `runMain`. `code` is what its exit gives, and `ends` the code for the reports of
 * its governors. A program that fails because of such a report has no other cause.
 */
export const codeOfProgram = (
  { code, ends, error, hasRun }: {
    readonly code: number
    readonly ends: number
    readonly error: unknown
    readonly hasRun: boolean
  }
): number => {
  if (code === 0) return ends
  if (code !== Code.failure) return code // the error has a code of its own
  return ends === 0 || tagOf(error) === "GovernorFailed" ? codeOfError(error, hasRun) : ends
}

const tagOf = (error: unknown): unknown => {
  try {
    return (error as { readonly _tag?: unknown } | null | undefined)?._tag
  } catch {
    return undefined
  }
}

// --- the members of a process ---

/** The code for the latest end of the member, whether it counts or not. */
export const codeOfMember = (member: Member): number => {
  const { endedBy, isOk, report, target } = member
  if (!isByCause(member)) return isOk ? 0 : Code.failure
  const end = report ?? { ok: isOk, reason: endedBy ?? { _tag: "AllOver" }, services: [] }
  return codeOfEnd(end, isOk ? [] : target.unsettled())
}

export const isByCause = (member: Member): boolean => settingsFor(member)?.exitCodes === "cause"

/** The latest report of a member that catches signals sets the code. */
export const count = (state: HubState, system: System, member: Member): void => {
  if (member.settings === undefined || member.phase !== "Over") return
  member.code = codeOfMember(member)
  add(state, system, member.code, 1)
}

/** Takes the code back, because the member will have a later report. */
export const takeBack = (state: HubState, system: System, member: Member): void => {
  add(state, system, member.code, -1)
  member.code = 0
}

const add = (state: HubState, system: System, code: number, members: 1 | -1): void => {
  if (code === 0) return
  const { codes } = state
  codes.set(code, (codes.get(code) ?? 0) + members)
  if (codes.get(code) === 0) codes.delete(code)
  const isOurs = system.exitCode === undefined || system.exitCode === state.ourCode
  state.ourCode = codes.size === 0 || !isOurs ? undefined : worst(codes.keys())
  if (isOurs) system.exitCode = state.ourCode
}

/** An uncaught error sets the code, and no member takes it back. */
export const countUncaught = (state: HubState, system: System, error: unknown, speaker: Member | undefined): void => {
  const isCaused = speaker !== undefined && isByCause(speaker)
  system.exitCode = isCaused ? codeOfError(error, state.hasRun) : Code.failure
  state.ourCode = undefined
}

// --- as the process leaves ---

/** The code for an abandoned run of the member that has not settled. */
export const codeOfAbandoned = (member: Member): number => isByCause(member) ? Code.abandoned : Code.failure

/** A run that has not settled as the process exits sets the code. */
export const countUnsettled = ({ active, left }: HubState, system: System): void => {
  const codes = Array.from([...active, ...left], (member) => {
    const { target } = member
    const isUnsettled = target.unsettled().length > 0
    if (!isUnsettled && target.running().length === 0) return 0
    return isUnsettled || !isByCause(member) ? codeOfAbandoned(member) : Code.unclean
  })
  const code = worst(codes)
  if (code !== 0) system.exitCode ??= code
}

/** An error that nobody catches ends the process: Node has set 1, also where the user had set a code. */
export const countFatal = ({ fatal, hasRun, listening }: HubState, system: System): void => {
  if (fatal === undefined || fatal.hadCode || !Array.from(listening).some(isByCause)) return
  system.exitCode = codeOfError(fatal.error, hasRun)
}
