/**
 * The lines that Effect itself logs, as entries like those of a governor.
 */
import * as Context from "effect/Context"
import type * as Logger from "effect/Logger"
import { pipeArguments } from "effect/Pipeable"
import { CurrentLogAnnotations, CurrentLoggers } from "effect/References"
import type { Entry } from "./log.ts"

/** A logger for the lines that Effect itself logs. */
export const logger = (write: (entry: Entry) => void): Logger.Logger<unknown, void> => ({
  // Written by hand: importing the module `Logger`, which reads files, would make the import of this package a quarter
  // longer.
  "~effect/Logger": "~effect/Logger",
  log: ({ cause, date, fiber, logLevel, message }) => {
    const { run, service } = fiber.getRef(CurrentLogAnnotations)
    write({
      about: undefined,
      level: logLevel,
      message: Array.isArray(message) ? message.join(" ") : String(message),
      cause: cause.reasons.length > 0 ? cause : undefined,
      of: typeof service === "string" && typeof run === "number" ? { service, run } : undefined,
      time: date.getTime()
    })
  },
  pipe() {
    return pipeArguments(this, arguments)
  }
})

/** A logger that somebody has put beside those of the user. */
interface Ear extends Logger.Logger<unknown, void> {
  readonly isEar: true
}

const isEar = (one: object): one is Ear => "isEar" in one

/** The context with one more logger. What that one throws does not matter to the others. */
export const heardBy = (hear: (entry: Entry) => void, context: Context.Context<never>): Context.Context<never> => {
  const ears = logger(hear)
  const ear: Ear = {
    ...ears,
    isEar: true,
    log: (line) => {
      try {
        ears.log(line)
      } catch {
        // A message that cannot be made a text was passed to the other loggers as it is.
      }
    }
  }
  const loggers = new Set([...Context.get(context, CurrentLoggers), ear])
  return Context.omit()(Context.add(context, CurrentLoggers, loggers)) // flat, because every run adds entries to it
}

/** The context without that logger: a governor in a run that is heard gets one of its own, and no line is heard twice. */
export const unheard = (context: Context.Context<never>): Context.Context<never> => {
  const loggers = Array.from(Context.get(context, CurrentLoggers))
  return loggers.some(isEar)
    ? Context.add(context, CurrentLoggers, new Set(loggers.filter((one) => !isEar(one))))
    : context
}
