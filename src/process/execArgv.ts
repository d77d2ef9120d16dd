/**
 * The options of Node that a thread or a process takes over from this one. Pure.
 */

/** They say what is run instead of a file, or begin an inspector, whose port is taken by this process. */
const ofThisOne =
  /^(-e|-p|-pe|--eval|--print|--input-type|-c|--check|-i|--interactive|--inspect(-brk|-wait|-port)?)(=|$)/

/** The next argument is their value. */
const withValue = /^(-e|-p|-pe|--eval|--print|--input-type|--inspect-port)$/

/**
 * Without what is only of this process: with its `-e` the other one would run the same program again, and not its file. From
 * `fork` of Node.
 *
 * @internal
 */
export const inherited = (execArgv: ReadonlyArray<string>): ReadonlyArray<string> =>
  execArgv.filter((argument, i) => !ofThisOne.test(argument) && !withValue.test(execArgv[i - 1] ?? ""))
