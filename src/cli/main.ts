#!/usr/bin/env node
/**
 * The command `effect-governor`: shows and steers a running governor.
 */
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { command } from "./commands.ts"
import { type ExitCode, exitCodes, Failed } from "./exitCodes.ts"
import { complain, endWithReader } from "./output.ts"
import { terminal } from "./terminal.ts"

/** The version of the package. */
const version = "0.1.0"

/** `--wizard` would ask questions, and there is no log whose level could be set. */
const builtIns = [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] as const

const saysWhere = (): boolean => process.argv.some((one) => /^--(url|socket|governor|from)\b/.test(one))

/** Says what went wrong, if nobody has said so yet. */
const codeAfter = (error: unknown): ExitCode => {
  if (error instanceof Failed) {
    complain(error.sentence)
    if (error.code === exitCodes.unreachable && !saysWhere()) complain("say where by --url or --socket (see --help)")
    return error.code
  }
  // The parser has said what is wrong with the command line. A question for help is no error.
  if (CliError.isCliError(error)) {
    return error._tag === "ShowHelp" && error.errors.length === 0 ? exitCodes.done : exitCodes.usage
  }
  complain(`an error of this command: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
  return exitCodes.ours
}

endWithReader()
process.once("uncaughtException", (error) => process.exit(codeAfter(error)))
const run = Command.runWith(command, { version })(process.argv.slice(2))
const exit = await Effect.runPromiseExit(Effect.provide(run, Layer.merge(terminal, CliConfig.layer({ builtIns }))))
if (Exit.isFailure(exit)) process.exitCode = codeAfter(Cause.squash(exit.cause))
