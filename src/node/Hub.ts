/**
 * Passes signals and uncaught errors to all governors and programs of one process.
 */
import * as Cause from "effect/Cause"
import type { Enter } from "../ServiceRun.ts"
import type { ShutdownReason, ShutdownReport } from "../ShutdownReport.ts"
import { atSignal, grace } from "./decisions.ts"
import * as ExitCode from "./exitCode.ts"
import { type HubState, listed, longest, makeState, type Member } from "./HubState.ts"
import { rest, stayUp } from "./leaving.ts"
import { codeOf, type Settings, type SignalName } from "./signals.ts"
import type { System } from "./system.ts"
import * as Termination from "./termination.ts"

export class Hub {
  readonly #system: System
  readonly #state = makeState()
  /** For each event of the process, how many listen to it. */
  readonly #listeners = new Map<string, number>()

  constructor(system: System) {
    this.#system = system
  }

  // --- what the members say ---

  /** A service of the member is active. */
  begins(member: Member): void {
    this.#change(() => {
      ExitCode.takeBack(this.#state, this.#system, member)
      member.phase = "Active"
      member.report = undefined
      this.#state.failed.delete(member)
      this.#state.active.add(member)
      if (!member.isProgram) this.#state.hasRun = true
    })
    stayUp(this.#state, this.#system)
    if (member.settings !== undefined) this.#join(member, member.settings)
  }

  /** No service of the member is active any more, and the report says how they have ended. */
  ends(member: Member, report: ShutdownReport): void {
    const { active, asked, left } = this.#state
    this.#change(() => {
      ExitCode.takeBack(this.#state, this.#system, member)
      active.delete(member)
      if (member.phase !== "Over") member.endedBy = member.target.reason()
      member.phase = "Over"
      member.isOk = report.ok
      member.report = report.ok ? undefined : report
      if (!report.ok && member.target.unsettled().length > 0) left.add(member)
      ExitCode.count(this.#state, this.#system, member)
      Termination.keep(this.#state, member)
    })
    // After the first signal everybody goes on listening: an echo would end the process otherwise.
    if (asked === undefined) this.#leave(member)
    if (active.size === 0) rest(this.#state, this.#system)
  }

  /** An abandoned run has settled. */
  settles(): void {
    const { left } = this.#state
    this.#change(() => {
      for (const member of left) if (member.target.unsettled().length === 0) left.delete(member)
    })
  }

  /** The member catches signals from now on, or does so with other settings. */
  catches(member: Member, settings: Settings): void {
    const state = this.#state
    if (state.asked === undefined) this.#leave(member)
    state.listening.delete(member)
    this.#change(() => {
      ExitCode.takeBack(state, this.#system, member)
      state.isCaught = true
      member.settings = settings
      ExitCode.count(state, this.#system, member)
      Termination.keep(state, member)
    })
    if (member.phase !== "Over" || state.asked !== undefined) this.#join(member, settings)
    if (member.phase === "Over" && state.active.size === 0) rest(state, this.#system)
  }

  /** The program has ended with exit code 0: if something keeps the process up, the log says so. */
  succeeds(program: Member): void {
    this.#state.endedProgram = program
    if (this.#state.active.size === 0) rest(this.#state, this.#system)
  }

  /** The program has ended with an exit code other than 0: the process leaves as soon as nothing is active. */
  fails(program: Member, failure?: unknown): void {
    this.#change(() => {
      this.#state.failedProgram = program
      this.#state.failure = failure
    })
    if (this.#state.active.size === 0) rest(this.#state, this.#system)
  }

  /** The program makes governors anew: how its earlier ones ended is of no interest any more. */
  triesAgain(program: Member): void {
    this.#change(() => {
      for (const member of this.#state.failed) {
        if (member.program === program.settings) this.#state.failed.delete(member)
      }
    })
  }

  /** Whether any service has ever been active. */
  hasRun(): boolean {
    return this.#state.hasRun
  }

  /** Begins a run. An uncaught error that comes from the run is logged with its name. */
  readonly enter: Enter = (run, begin) => this.#system.enter(run, begin)

  // --- listening ---

  /** If one of its signals came before, the shutdown of the member begins at once. */
  #join(member: Member, settings: Settings): void {
    const { asked, listening, seen } = this.#state
    if (listening.has(member)) return
    if (listening.size === 0) this.#system.outliveReaders(true)
    listening.add(member)
    for (const event of eventsOf(settings)) this.#listen(event)
    const signal = Array.from(settings.signals).find((name) => seen.has(name))
    if (signal !== undefined) void member.target.shutdown({ _tag: "Signal", signal })
    else if (asked?.reason._tag === "Uncaught") void member.target.shutdown(asked.reason)
  }

  #leave(member: Member): void {
    const { listening } = this.#state
    if (member.settings === undefined || !listening.delete(member)) return
    for (const event of eventsOf(member.settings)) this.#unlisten(event)
    // In the next turn, because writing the last line may fail too.
    if (listening.size === 0) this.#system.soon(() => listening.size === 0 && this.#system.outliveReaders(false))
  }

  /** Changes the state, and listens to the exit of the process while there may be something to do then. */
  #change(change: () => void): void {
    const before = mattersAtExit(this.#state)
    change()
    const after = mattersAtExit(this.#state)
    if (after && !before) this.#listen("exit")
    if (before && !after) this.#unlisten("exit")
  }

  #listen(event: string): void {
    const count = this.#listeners.get(event) ?? 0
    this.#listeners.set(event, count + 1)
    if (count === 0) this.#system.on(event, this.#handlerOf(event))
  }

  #unlisten(event: string): void {
    const count = this.#listeners.get(event)! - 1
    this.#listeners.set(event, count)
    if (count === 0) this.#system.off(event, this.#handlerOf(event))
  }

  #handlerOf(event: string): (what: never) => void {
    switch (event) {
      case "exit":
        return this.#onExit
      case "uncaughtException":
        return this.#onException
      case "unhandledRejection":
        return this.#onRejection
      case "uncaughtExceptionMonitor":
        return this.#onFatal
      default:
        return this.#onSignal
    }
  }

  // --- what the process hears ---

  readonly #onSignal = (signal: SignalName): void => {
    const { listening, seen } = this.#state
    const now = this.#system.now()
    switch (atSignal(seen.get(signal), now, longest(listening, ({ settings }) => settings!.again))) {
      case "Shutdown":
        seen.set(signal, now)
        this.#state.asked ??= { reason: { _tag: "Signal", signal }, at: now }
        return this.#shutDown({ _tag: "Signal", signal })
      case "Exit":
        return this.#exitAtOnce(signal)
      case "Ignore":
    }
  }

  #shutDown(reason: ShutdownReason & { readonly signal: SignalName }): void {
    const { signal } = reason
    const members = Array.from(this.#state.listening).filter(({ settings }) => settings!.signals.has(signal))
    for (const { target } of meantOrFirst(members, ({ phase }) => phase !== "Over")) {
      if (target.reason() !== undefined) target.log("Info", `received ${signal}, already shutting down`)
    }
    for (const { target } of members) void target.shutdown(reason)
  }

  #exitAtOnce(signal: SignalName): void {
    const { active, listening } = this.#state
    const members = [...new Set([...listening, ...active])]
    const exiting = `received ${signal} again: exiting at once with code ${codeOf(signal)}`
    for (const { target } of meantOrFirst(members, ({ target }) => target.running().length > 0)) {
      target.log("Error", `${exiting}, services still running: ${listed(target.running())}`)
    }
    this.#system.exit(codeOf(signal))
  }

  readonly #onException = (error: unknown): void => this.#onUncaught(error, "uncaughtException")

  readonly #onRejection = (error: unknown): void => this.#onUncaught(error, "unhandledRejection")

  /** Logs the error, and shuts down at the first one. Further errors are only logged. */
  #onUncaught(error: unknown, origin: string): void {
    const { asked, listening } = this.#state
    const speaker = Array.from(listening).find(({ settings }) => settings!.catchUncaught)
    const message = `an uncaught error reached the process (${origin})`
    speaker?.target.log("Error", message, error, this.#system.entered())
    if (asked?.reason._tag === "Uncaught") return
    const reason: ShutdownReason = { _tag: "Uncaught", cause: Cause.die(error) }
    this.#change(() => {
      this.#state.asked = { reason, at: asked?.at ?? this.#system.now() }
    })
    ExitCode.countUncaught(this.#state, this.#system, error, speaker)
    void this.#leaveFor(reason)
  }

  /**
   * Shuts down every member that catches signals, also without `catchUncaught`, because the process is about to end.
   * Code that waited for a shutdown gets one more second.
   */
  async #leaveFor(reason: ShutdownReason): Promise<void> {
    await Promise.allSettled(Array.from(this.#state.listening, ({ target }) => target.shutdown(reason)))
    this.#system.later(grace, () => this.#system.exit())
  }

  /** An error that may end the process at once. If somebody catches the error, the process has another turn. */
  readonly #onFatal = (error: unknown): void => {
    const { asked } = this.#state
    if (asked?.reason._tag === "Uncaught" || this.#isCatchingUncaught()) return
    const hadCode = this.#system.exitCode !== undefined
    this.#change(() => {
      this.#state.fatal = { error, hadCode }
    })
    this.#system.soon(() =>
      this.#change(() => {
        this.#state.fatal = undefined
      })
    )
  }

  #isCatchingUncaught(): boolean {
    return this.#listeners.has("uncaughtException") && this.#listeners.get("uncaughtException")! > 0
  }

  readonly #onExit = (): void => {
    ExitCode.countUnsettled(this.#state, this.#system)
    ExitCode.countFatal(this.#state, this.#system)
    Termination.write(this.#state, this.#system)
  }
}

const eventsOf = (
  { catchUncaught, exitCodes, signals, terminationMessage }: Settings
): ReadonlyArray<string> => [
  ...signals,
  ...(catchUncaught ? ["uncaughtException", "unhandledRejection"] : []),
  ...(exitCodes === "cause" || terminationMessage !== undefined ? ["uncaughtExceptionMonitor"] : [])
]

/** Whether a run may be there that has not settled, or the termination message may have something to say. */
const mattersAtExit = ({ active, asked, failed, failedProgram, fatal, isCaught, left }: HubState): boolean =>
  isCaught &&
  (active.size > 0 || left.size > 0 || failed.size > 0 || fatal !== undefined || asked?.reason._tag === "Uncaught" ||
    failedProgram?.settings?.terminationMessage !== undefined)

/** The members that are meant. If there are none, the first of all, so that somebody says it. */
const meantOrFirst = (
  members: ReadonlyArray<Member>,
  isMeant: (member: Member) => boolean
): ReadonlyArray<Member> => {
  const meant = members.filter(isMeant)
  return meant.length > 0 ? meant : members.slice(0, 1)
}
