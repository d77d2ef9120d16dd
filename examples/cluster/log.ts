/**
 * The log of a node: one line for each entry, without the time, which the program writes that has started the node.
 */
import * as Cause from "effect/Cause"
import * as Logger from "effect/Logger"
import { CurrentLogAnnotations } from "effect/References"

const line = Logger.make<unknown, string>(({ cause, fiber, logLevel, message }) => {
  const { service } = fiber.getRef(CurrentLogAnnotations)
  const level = logLevel === "Info" ? [] : [logLevel.toLowerCase()]
  const name = typeof service === "string" ? [`${service}:`] : []
  const why = Cause.prettyErrors(cause).map(({ message }) => `(${message})`)
  return [...level, ...name, ...[message].flat(), ...why].join(" ")
})

export const Log = Logger.layer([Logger.withConsoleLog(line)])
