/**
 * What of the rules is left out, for a governor that does not keep all of them: `MODEL_WITHOUT=settling,limits`, or `all` of
 * these. The sequences leave out what they are about.
 */
import type { Command, GovernorOptions, Options, Sequence } from "./commands.ts"
import type { World } from "./world.ts"

type Part =
  /** Rule 20: a group without a delay, formed while others of it are in the line. */
  | "groups"
  /** Rule 10: who asks for a stop or a removal in a shutdown, or waits for one as it begins. */
  | "answers"
  /** Rule 13: a run that has ended by itself, and whose finalizers are at work. */
  | "finalizers"
  /** Rule 13: an abandoned run that settles while the governor is open. */
  | "settling"
  /** Rule 24: only a run that hangs has a limit to end by default. */
  | "limits"
  /** No time limit passes its verdict before all that is due at the same time: otherwise the oldest comes first. */
  | "verdicts"

const named = (process.env["MODEL_WITHOUT"] ?? "limits,verdicts").split(",")

export const isLeftOut = (part: Part): boolean => named.includes(part) || named.includes("all")

export const reduced = (sequence: Sequence): Sequence => ({
  ...sequence,
  commands: sequence.commands.map((command) =>
    command._tag === "add" ? { ...command, options: reducedOptions(sequence, command.options) } : command
  )
})

const reducedOptions = (governor: GovernorOptions, options: Options): Options => ({
  ...options,
  stumbles: isLeftOut("groups") && restartsAtOnce(governor, options) ? undefined : options.stumbles,
  removesAtEnd: isLeftOut("answers") ? undefined : options.removesAtEnd,
  closing: isLeftOut("finalizers") ? undefined : options.closing,
  stopTimeout: options.stopTimeout ??
    (isLeftOut("limits") ? options.heartbeatTimeout ?? options.startTimeout : undefined)
})

const restartsAtOnce = ({ restart: inherited, strategy }: GovernorOptions, { restart }: Options): boolean =>
  strategy !== undefined && (restart === "inherited" ? inherited : restart)?.delay === 0

export const isWithheld = (world: World, command: Command): boolean => {
  switch (command._tag) {
    case "stop":
    case "remove":
      return isLeftOut("answers") && world.phase !== "open"
    case "crash":
    case "complete":
    case "release":
      return isLeftOut("settling") && world.phase === "open" &&
        world.handles.get(command.service)?.abandoned !== undefined
    default:
      return false
  }
}

/** What is not told of a caller who may be answered at the beginning of a shutdown, or later. */
export const isUntold = (world: World, command: Command | undefined): boolean =>
  isLeftOut("answers") && world.phase !== "open" && (command?._tag === "stop" || command?._tag === "remove")
