/** What the rules ask and a governor does not do yet. The model does it in its tables, and leaves it out beside a governor. */
import type { Options, Sequence } from "./commands.ts"

/** Of what is due at one time the oldest comes first; by the rules a time limit passes its verdict after all else. */
export const isOldestFirst = true

/** Every stop has a limit by default; by rule 24 only that of a run that hangs has one. So each that may hang has its own. */
export const withLimits = (sequence: Sequence): Sequence => ({
  ...sequence,
  commands: sequence.commands.map((command) =>
    command._tag === "add" ? { ...command, options: withLimit(command.options) } : command
  )
})

const withLimit = (options: Options): Options => ({
  ...options,
  stopTimeout: options.stopTimeout ?? options.heartbeatTimeout ?? options.startTimeout
})
