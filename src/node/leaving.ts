/**
 * How the process leaves when nothing is active any more: it ends by itself if nothing keeps it up. Otherwise the log
 * says what does, and the process exits if it was asked to leave.
 */
import { endsProcess, exitsIn, grace, heldLine, stayingLine } from "./decisions.ts"
import { codeOfAbandoned, worst } from "./exitCode.ts"
import { type HubState, listed, longest, type Member, settingsFor } from "./HubState.ts"
import type { System } from "./system.ts"

/** Nothing of ours keeps the process up any more, and the channel to the parent process does not either. */
export const rest = (state: HubState, system: System): void => {
  state.changes++
  state.release?.()
  state.release = undefined
  if (state.isCaught) system.holdChannel(false)
  state.isChannelFree = state.isCaught
  const { asked, endedProgram, failedProgram, left } = state
  const isToLeave = asked !== undefined || (failedProgram ?? endedProgram) !== undefined || left.size > 0
  if (isToLeave) unlessActive(state, system, grace, () => leave(state, system))
}

/** Something is active: this keeps the process up. */
export const stayUp = (state: HubState, system: System): void => {
  state.changes++
  state.release ??= system.hold()
  if (state.isChannelFree) system.holdChannel(true)
  state.isChannelFree = false
}

/** Runs a task after some time, if the process is still up and nothing was active since. */
const unlessActive = (state: HubState, system: System, millis: number, task: () => void): void => {
  const { changes } = state
  system.later(millis, () => {
    if (changes === state.changes) task()
  })
}

/** Something keeps the process up that is not active. */
const leave = (state: HubState, system: System): void => {
  const { asked, endedProgram, failedProgram, listening } = state
  const isAbandoned = tellAbandoned(state, system)
  const limit = longest(listening, ({ target }) => target.shutdownTimeout())
  const hasFailed = failedProgram !== undefined || asked?.reason._tag === "Uncaught"
  const millis = exitsIn({ isAbandoned, hasFailed, asked: asked?.at, limit, now: system.now() })
  if (millis === undefined) return endedProgram?.target.log("Info", stayingLine(system.holders()))
  if (!isAbandoned) log(state, heldLine(system.holders(), millis, system.exitCode ?? 0))
  if (millis === 0) system.exit()
  else if (millis < Infinity) unlessActive(state, system, millis, () => leaveBehind(state, system))
}

const leaveBehind = (state: HubState, system: System): void => {
  log(state, `the time of the shutdown is over: exiting with code ${system.exitCode ?? 0}`)
  system.exit()
}

/** Sets the exit code, and logs which abandoned runs end the process. Returns whether there are any. */
const tellAbandoned = ({ left }: HubState, system: System): boolean => {
  const members = Array.from(left).filter(mayEndProcess)
  if (members.length === 0) return false
  const code = system.exitCode ??= worst(members.map(codeOfAbandoned))
  for (const { target } of members) {
    const names = listed(target.unsettled())
    target.log("Error", `exiting with code ${code}, because abandoned runs keep the process up: ${names}`)
  }
  return true
}

const mayEndProcess = (member: Member): boolean => {
  const { endedBy, target } = member
  return target.unsettled().length > 0 && settingsFor(member) !== undefined && endsProcess(endedBy, target.reason())
}

const log = ({ failedProgram, listening }: HubState, message: string): void => {
  const [member = failedProgram] = listening
  member?.target.log("Warn", message)
}
