/**
 * Where the lines about services go that were added in one context, and the lines of a governor that was made in it.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ErrorReporter from "effect/ErrorReporter"
import * as LogLevel from "effect/LogLevel"
import { CurrentLogAnnotations, CurrentLoggers, MinimumLogLevel } from "effect/References"
import type { GovernorEvent } from "../../GovernorEvent.ts"
import { type Entry, levels, type Line, Writer } from "./log.ts"

const tags = Object.keys(levels) as ReadonlyArray<GovernorEvent["_tag"]>

export class Voice {
  readonly #context: Context.Context<never>
  /** The levels that are written. */
  readonly levels: ReadonlySet<Line["level"] | undefined>
  /** The tags of the events that may have a line of a written level. */
  readonly tags: ReadonlySet<GovernorEvent["_tag"]>
  readonly write: (entry: Entry) => void
  /** Whether anybody hears of errors beside the log. */
  readonly hasReporters: boolean
  /** Whether nobody hears anything. */
  readonly isSilent: boolean

  constructor(context: Context.Context<never>) {
    this.#context = context
    this.write = Context.get(context, Writer) ?? toLoggers(context)
    const minimum = Context.get(context, MinimumLogLevel)
    const all = ["Debug", "Info", "Warn", "Error"] as const
    this.levels = new Set(all.filter((level) => LogLevel.isGreaterThanOrEqualTo(level, minimum)))
    this.tags = new Set(tags.filter((tag) => this.levels.has(levels[tag])))
    this.hasReporters = Context.get(context, ErrorReporter.CurrentErrorReporters).size > 0
    this.isSilent = this.tags.size === 0 && !this.hasReporters
  }

  /**
   * The voice of services that were added in another context. What is set there counts: the loggers, the level, the
   * annotations and the error reporters. Services whose context sets nothing else than the governor's share its voice.
   */
  in(context: Context.Context<never>): Voice {
    const [ours, theirs] = [annotationsIn(this.#context), annotationsIn(context)]
    const isSame = <A>(reference: Context.Reference<A>) => {
      const set = Context.getOrUndefined(context, reference)
      return set === undefined || set === Context.get(this.#context, reference)
    }
    const isAnnotatedSame = Object.entries(theirs).every(([key, value]) => ours[key] === value)
    if (
      isAnnotatedSame && isSame(CurrentLoggers) && isSame(MinimumLogLevel) && isSame(Writer) &&
      isSame(ErrorReporter.CurrentErrorReporters)
    ) return this
    const all = Context.merge(this.#context, context)
    return new Voice(Context.add(all, CurrentLogAnnotations, { ...ours, ...theirs }))
  }

  /**
   * Tells the error reporters of a failure. The annotations of the fiber say which run it was. Reporters know a cause that
   * they have heard, and an effect that always fails alike has one cause for all its runs, so each report has a new one.
   */
  report({ reasons }: Cause.Cause<unknown>, of: NonNullable<Entry["of"]>): void {
    const reported = Effect.annotateLogs(ErrorReporter.report(Cause.fromReasons(reasons)), of)
    const exit = Effect.runForkWith(this.#context)(reported).pollUnsafe()
    if (exit?._tag === "Failure") throw Cause.squash(exit.cause)
  }
}

const annotationsIn = (context: Context.Context<never>): Readonly<Record<string, unknown>> =>
  Context.get(context, CurrentLogAnnotations)

/** Writes lines to Effect's loggers. A line costs nothing if there is no logger. */
const toLoggers = (context: Context.Context<never>): (entry: Entry) => void => {
  // A logger throws if it prints an error whose getters throw. Finding such an error beforehand would mean formatting
  // every error, which takes several times as long as the rest of a crash. So loggers get causes unchecked. If a logger
  // throws, the line is written again with a substitute for the cause. The loggers that did not throw then have that line
  // twice, so from then on all causes are checked first. If the cause can be printed, the logger threw for another reason,
  // and may do so at every line: no cause is formatted for it until it has written a line.
  let loggers: "get causes unchecked" | "get checked causes" | "throw anyway" = "get causes unchecked"
  return (entry) => {
    if (Context.get(context, CurrentLoggers).size === 0) return
    const given = loggers === "get checked causes" ? printable(entry) : entry
    if (tryLoggers(context, given)) {
      if (loggers === "throw anyway") loggers = "get causes unchecked"
    } else if (loggers === "get causes unchecked") {
      const substitute = printable(given)
      loggers = substitute === given ? "throw anyway" : "get checked causes"
      if (substitute !== given) tryLoggers(context, substitute)
    }
  }
}

/**
 * Writes a line, and returns whether no logger threw. The loggers run in the fiber, which has ended when `runFork`
 * returns. The fiber has failed if a logger threw.
 */
const tryLoggers = (context: Context.Context<never>, { cause, level, message, of }: Entry): boolean => {
  const args = cause === undefined ? [message] : [message, cause]
  const line = Effect.logWithLevel(level as Line["level"])(...args)
  const fiber = Effect.runForkWith(context)(of === undefined ? line : Effect.annotateLogs(line, of))
  return fiber.pollUnsafe()?._tag !== "Failure"
}

/** The entry itself if its cause can be printed, or a copy with a substitute for the cause. */
const printable = (entry: Entry): Entry => {
  if (entry.cause === undefined) return entry
  try {
    Cause.pretty(entry.cause)
    return entry
  } catch {
    return { ...entry, cause: Cause.die(new Error("something was thrown that cannot be printed")) }
  }
}
