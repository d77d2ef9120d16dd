/** How a child process is to behave, and how it writes down what it does. */
import { once } from "node:events"
import { appendFileSync, writeSync } from "node:fs"
import { parseArgs } from "node:util"
import type { SignalName } from "../../src/node/signals.ts"

export interface Settings {
  /** Where its services write. */
  readonly file: string
  /** Until it adds and starts them, in milliseconds. */
  readonly startAfter: number
  /** Until its store is ready. */
  readonly readyAfter: number
  /** After how long the store says that it is not ready, and how long it stays so; 0: it does not. */
  readonly pausesAfter: number
  readonly pausesFor: number
  /** Whether the worker is bound to the store, and goes down meanwhile; else it only depends on it. */
  readonly binds: boolean
  /** How often checks are made of whether the store is ready and the worker alive; undefined: the store says it. */
  readonly probesEvery?: number
  /** How long its services take to clean up; 0: not a turn of the event loop. */
  readonly cleanup: number
  /** How long the flaky one lasts, and its delay. */
  readonly lasts: number
  readonly backoff: number
  /** For how long one of them holds the event loop, again and again; 0: there is none of that kind. */
  readonly blocks: number
  /** One of them ends only when it is let go, by SIGUSR2. */
  readonly holds: boolean
  /** One of them never ends; it may stand above the store, and may keep the process up. */
  readonly hung: "no" | "alone" | "above the store" | "keeps the process up"
  readonly shutdownTimeout?: number
  /** How its services clean up: around what they do, or by what they have deferred. */
  readonly closes: "around" | "deferred"
  /** When one of them fails for good, with which all fails. */
  readonly failsAfter?: number
  /** One of them hangs, is given up, and runs again once it has settled, after so long. */
  readonly settlesAfter?: number
  /** What it catches, if not the default, and after how long the same signal ends it. */
  readonly signals?: ReadonlyArray<NodeJS.Signals & SignalName>
  readonly again?: number | "never"
  /** Another governor is made once a signal came. */
  readonly makesAnother: boolean
  readonly catchUncaught: boolean
  /** When an error is thrown that nobody catches. */
  readonly throwsAfter?: number
}

/** What the parent is told of, on a channel of its own. */
export type Mark = "listening" | "starting" | "up" | "backoff" | "stopping" | "returned"

/** For the program in the child process. */
export const asked = () => {
  const settings: Settings = JSON.parse(parseArgs({ allowPositionals: true }).positionals[0] ?? "{}")
  const released = once(process, "SIGUSR2")
  const write = (line: string) => appendFileSync(settings.file, `${line}\n`)
  return {
    settings,
    /** Resolves when the parent lets go. */
    released,
    write,
    mark: (mark: Mark) => void writeSync(3, `${mark}\n`),
    /** Nothing else happens meanwhile. */
    block: () => {
      for (const until = performance.now() + settings.blocks; performance.now() < until;);
    },
    /** The error of a timer that nobody catches. It holds nothing up. */
    throwLater: () => {
      const { throwsAfter } = settings
      if (throwsAfter === undefined) return
      setTimeout(() => {
        write("threw")
        throw new Error("nobody catches this")
      }, throwsAfter).unref()
    }
  }
}
