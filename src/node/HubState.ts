/**
 * All that a process knows of its governors and programs: a plain record.
 */
import type { ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import type { Settings, SignalName } from "./signals.ts"

/** A governor or a program. */
export interface Target {
  /** Begins the shutdown, unless it has begun. Resolves when the shutdown is complete. */
  readonly shutdown: (reason: ShutdownReason) => Promise<unknown>
  /** Why it shuts down, once it does. */
  readonly reason: () => ShutdownReason | undefined
  /** How long its shutdown may take, in milliseconds. */
  readonly shutdownTimeout: () => number
  /** The names of the services that have a run. */
  readonly running: () => ReadonlyArray<string>
  /** The names of the services with an abandoned run that has not settled. */
  readonly unsettled: () => ReadonlyArray<string>
  /** Writes a line, of this run if one is given. */
  readonly log: (
    level: "Info" | "Warn" | "Error",
    message: string,
    error?: unknown,
    of?: { readonly service: string; readonly run: number }
  ) => void
}

/** What the process knows of a target. */
export interface Member {
  readonly target: Target
  /** What it said when it called `catchSignals`; undefined if it has not called it. */
  settings: Settings | undefined
  /** The settings of the program of `runMain` that it is part of, and that gets the signals. */
  readonly program: Settings | undefined
  /** Whether it is such a program itself. */
  readonly isProgram: boolean
  /** `New`: nothing was started yet. `Over`: no service is active any more. */
  phase: "New" | "Active" | "Over"
  /** Whether all had ended well when it was over last, and why it was shut down, if it was. */
  isOk: boolean
  endedBy: ShutdownReason | undefined
  /** That report, if it was not ok. */
  report: ShutdownReport | undefined
  /** The exit code that it counts for; 0 if it counts for none. */
  code: number
}

export const makeMember = (
  target: Target,
  { isProgram = false, program }: { readonly isProgram?: boolean; readonly program?: Settings } = {}
): Member => ({
  target,
  settings: undefined,
  program,
  isProgram,
  phase: "New",
  isOk: true,
  endedBy: undefined,
  report: undefined,
  code: 0
})

/** What was said for the member: by itself, or by its program. */
export const settingsFor = ({ program, settings }: Member): Settings | undefined => settings ?? program

export interface HubState {
  readonly active: Set<Member>
  /** The members that get signals. */
  readonly listening: Set<Member>
  /** The members that are over, and have left an abandoned run behind. */
  readonly left: Set<Member>

  // --- why the process ends ---

  /** When each signal came first. */
  readonly seen: Map<SignalName, number>
  /** What asked the process to end first, and when. */
  asked: { readonly reason: ShutdownReason; readonly at: number } | undefined
  /** The program that has ended with an exit code other than 0. */
  failedProgram: Member | undefined
  /** What that program has failed with. */
  failure: unknown
  /** The program that has ended with exit code 0. */
  endedProgram: Member | undefined
  /** An error that nobody catches ends the process in this turn of the event loop. */
  fatal: { readonly error: unknown; readonly hadCode: boolean } | undefined

  // --- how it ends ---

  /** Whether anybody has ever caught signals. If not, the end of the process is none of our business. */
  isCaught: boolean
  /** Whether any service has ever been active. */
  hasRun: boolean
  /** How many members count for each exit code. */
  readonly codes: Map<number, number>
  /** The exit code that we have set, as long as it may be taken back. */
  ourCode: number | undefined
  /** The latest members that were not ok when they were over last, and are to be named in the termination message. */
  readonly failed: Set<Member>
  /** Lets the process go. Undefined while nothing is active. */
  release: (() => void) | undefined
  /** Whether we have made the channel to the parent process keep nothing up. */
  isChannelFree: boolean
  /** Counts the changes from active to inactive and back: what was planned before the last one is void. */
  changes: number
}

export const makeState = (): HubState => ({
  active: new Set(),
  listening: new Set(),
  left: new Set(),
  seen: new Map(),
  asked: undefined,
  failedProgram: undefined,
  failure: undefined,
  endedProgram: undefined,
  fatal: undefined,
  isCaught: false,
  hasRun: false,
  codes: new Map(),
  ourCode: undefined,
  failed: new Set(),
  release: undefined,
  isChannelFree: false,
  changes: 0
})

/** The longest of the times of these members, in milliseconds. */
export const longest = (members: Iterable<Member>, millis: (member: Member) => number): number => {
  let longest = 0
  for (const member of members) longest = Math.max(longest, millis(member))
  return longest
}

/** The names for a line of the log. */
export const listed = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
