/** Where the log of effects goes. Nothing is printed: the output of the measured process is its figures. */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Logger from "effect/Logger"
import { CurrentLoggers, MinimumLogLevel } from "effect/References"
import { Console as NodeConsole } from "node:console"
import { Writable } from "node:stream"
import type { Log } from "./Engine.ts"

/** What effects have to run with, so that their log goes there. */
export const contextOf = (log: Log | undefined): Context.Context<never> => {
  switch (log?.loggers) {
    case undefined:
      return Context.make(MinimumLogLevel, "None")
    case "none":
      return Context.make(CurrentLoggers, new Set())
    case "throwing":
      return Context.make(CurrentLoggers, new Set([throwing(log)]))
    case "console":
      return Context.make(Console.Console, nowhere(log))
    case "json":
      return Context.add(Context.make(Console.Console, nowhere(log)), CurrentLoggers, new Set([Logger.consoleJson]))
  }
}

const throwing = ({ line }: Log) =>
  Logger.make(({ cause }) => {
    if (cause.reasons.length > 0) line()
    throw new Error("a logger that throws")
  })

/** The console of Node, which formats each line, over a stream that drops it. */
const nowhere = ({ line }: Log): Console.Console => {
  const write = (text: string, _encoding: unknown, written: () => void) => {
    if (text.includes("Error: ")) line()
    written()
  }
  return new NodeConsole(new Writable({ write, decodeStrings: false }))
}
