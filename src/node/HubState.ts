/**
 * All that a process knows of its governors and programs: a plain record.
 */
import type { ShutdownReason } from "../ShutdownReport.ts"
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
  /** Whether it is part of a program of `runMain`, which gets the signals. */
  readonly isOfProgram: boolean
  /** `New`: nothing was started yet. `Over`: no service is active any more. */
  phase: "New" | "Active" | "Over"
  /** Whether all had ended well when it was over last, and why it was shut down, if it was. */
  isOk: boolean
  endedBy: ShutdownReason | undefined
}

export const makeMember = (target: Target, isOfProgram = false): Member => ({
  target,
  settings: undefined,
  isOfProgram,
  phase: "New",
  isOk: true,
  endedBy: undefined
})

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
  /** The program that has ended with exit code 0. */
  endedProgram: Member | undefined

  // --- how it ends ---

  /** Whether anybody has ever caught signals. If not, the end of the process is none of our business. */
  isCaught: boolean
  /** How many members that catch signals were not ok when they were over last. */
  failed: number
  /** Whether the exit code is ours, so that we may take it back. */
  isCodeOurs: boolean
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
  endedProgram: undefined,
  isCaught: false,
  failed: 0,
  isCodeOurs: false,
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
