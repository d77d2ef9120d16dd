/**
 * Which exit code the process has. A code that the user has set is never replaced.
 */
import type { HubState, Member } from "./HubState.ts"
import type { System } from "./system.ts"

/** The latest report of a member that catches signals makes the code 1. */
export const count = (state: HubState, system: System, member: Member): void => {
  if (!isFailure(member)) return
  state.failed++
  if (system.exitCode !== undefined) return
  system.exitCode = 1
  state.isCodeOurs = true
}

/** Takes the code back, because the member will have a later report. */
export const takeBack = (state: HubState, system: System, member: Member): void => {
  if (!isFailure(member)) return
  state.failed--
  if (state.failed > 0 || !state.isCodeOurs) return
  state.isCodeOurs = false
  if (system.exitCode === 1) system.exitCode = undefined
}

const isFailure = ({ isOk, phase, settings }: Member): boolean => settings !== undefined && phase === "Over" && !isOk

/** Whether a run may be there that has not settled. */
export const mayBeUnsettled = ({ active, isCaught, left }: HubState): boolean =>
  isCaught && (active.size > 0 || left.size > 0)

/** A run that has not settled as the process exits makes the code 1. */
export const countUnsettled = ({ active, left }: HubState, system: System): void => {
  for (const { target } of [...active, ...left]) {
    if (target.running().length > 0 || target.unsettled().length > 0) system.exitCode ??= 1
  }
}
