/**
 * With which code the command ends. `docs/terminal.md` has this table, and so has `--help`. Pure.
 */

export const exitCodes = {
  done: 0,
  refused: 1,
  notUp: 3,
  unknown: 4,
  usage: 64,
  unreachable: 69,
  ours: 70,
  timedOut: 75,
  forbidden: 77
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const meanings: { readonly [Code in ExitCode]: string } = {
  0: "all that was asked about is well, or the command is done",
  1: "the governor refuses the command, or nobody said yes to it",
  3: "something is not up",
  4: "no service has the name",
  64: "the command line is wrong",
  69: "no governor answers, or too many do",
  70: "an error of this command itself",
  75: "the time was over before the state was reached",
  77: "the governor does not let us: the token is missing or wrong, or the program has set none"
}

/** Thrown where a command cannot go on. */
export class Failed {
  readonly code: ExitCode
  /** One line for people. */
  readonly sentence: string

  constructor(code: ExitCode, sentence: string) {
    this.code = code
    this.sentence = sentence
  }
}

/** What a status of HTTP means to those who run the command. `isService`: the governor says that there is no such service. */
export const codeOf = (status: number, isService: boolean): ExitCode => {
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 415:
      return exitCodes.usage
    case 401:
    case 403:
    case 421:
      return exitCodes.forbidden
    case 404:
      return isService ? exitCodes.unknown : exitCodes.forbidden
    case 409:
    case 412:
      return exitCodes.refused
    default:
      return exitCodes.unreachable
  }
}
