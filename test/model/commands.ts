/** What may be done to a governor, as data: it prints well, shrinks well, and a printed list can be run again. */

export type Delay =
  | number
  /** 100, 200 and 400 ms, then no more. */
  | "doubling"

export interface Policy {
  readonly _tag: "Always" | "OnFailure"
  readonly delay: Delay
  readonly maxRestarts?: number
  readonly within?: number
  readonly resetAfter?: number
}

export interface Options {
  /** None: it is never restarted. */
  readonly restart?: Policy | "inherited" | undefined
  readonly stopTimeout?: number | undefined
  readonly dependsOn?: ReadonlyArray<string> | undefined
  readonly bindsTo?: ReadonlyArray<string> | undefined
  readonly readiness?: "manual" | "completed" | undefined
  /** What is checked. Then the run itself does not say when it is ready, or only that it is alive. */
  readonly probe?: "readiness" | "liveness" | undefined
  readonly startTimeout?: number | undefined
  readonly heartbeatTimeout?: number | undefined
  readonly significant?: boolean | "failure" | undefined
  readonly removeWhenOver?: boolean | undefined
  /** So many of its first runs crash as soon as they begin. */
  readonly stumbles?: number | undefined
  /** Which other service each of its runs stops as it begins. */
  readonly stops?: string | undefined
  /** Each of its runs hangs from the beginning. */
  readonly stubborn?: boolean | undefined
  /** The governor can end each of its runs by force. */
  readonly mortal?: boolean | undefined
  /** Which other service each of its runs removes when it is asked to end: it ends when that is answered. */
  readonly removesAtEnd?: string | undefined
  /**
   * A cluster decides where it runs: not here before it is claimed, and each run passes a gate before. How long that takes, in
   * milliseconds; 0: no time at all.
   */
  readonly placed?: number | undefined
  /** How long a finalizer of each of its runs takes after the run ended by itself. */
  readonly closing?: number | "hangs" | undefined
}

/** How often a probe checks, and how many failures in a row count. One success does. */
export const every = 500
export const failures = 2

/** What is done to one service: by hand, or by its run. */
export type Deed =
  | "start"
  | "stop"
  | "restart"
  | "remove"
  /** The layer of the service closes. */
  | "close"
  | "ready"
  /** The run says that it is not ready for now. */
  | "unready"
  /** From now on the checks of the service fail, or succeed. */
  | "sick"
  | "well"
  /** The run says that it is alive. */
  | "beat"
  /** A run that is over says that it is ready. */
  | "readyLate"
  /** The run ends so; or its finalizer does, if that hangs. */
  | "crash"
  | "complete"
  /** From now on the run ignores that it is asked to end. */
  | "hang"
  /** Not any more; nor does its finalizer hang. */
  | "release"
  /** The cluster gives it to this governor, or takes it away. */
  | "claim"
  | "lose"

export type OfAll = "startAll" | "awaitReady" | "shutdown" | "awaitShutdown"

export type Command =
  | { readonly _tag: "add"; readonly service: string; readonly options: Options }
  | { readonly _tag: Deed; readonly service: string }
  | { readonly _tag: OfAll }
  | { readonly _tag: "advance"; readonly millis: number }

export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one" | "dependents"

export interface GovernorOptions {
  readonly strategy?: Strategy | undefined
  readonly restart?: Policy | undefined
  readonly stopTimeout?: number | undefined
  readonly shutdownTimeout?: number | undefined
  readonly drainDelay?: number | undefined
}

/** All that is done to one governor, from its first moment. */
export interface Sequence extends GovernorOptions {
  /** Whether the governor is inside of another one, and is seen from there. */
  readonly inside?: boolean
  /** Whether the process has no time left, so that each restart waits for a turn of the event loop. */
  readonly busy?: boolean
  readonly commands: ReadonlyArray<Command>
}

/** Few, so that most commands meet a service. */
export const names = ["a", "b", "c", "d", "e"]

/** How it ends, whatever came before: the governor is shut down, whoever hangs is released, and all finalizers have their time. */
export const ending: ReadonlyArray<Command> = [
  { _tag: "shutdown" },
  ...names.map((service): Command => ({ _tag: "release", service })),
  { _tag: "advance", millis: 1000 }
]

/** One command as a line: `crash b`, `advance 300`. */
export const show = (command: Command): string => {
  switch (command._tag) {
    case "add":
      return `add ${command.service} ${JSON.stringify(command.options)}`
    case "advance":
      return `advance ${command.millis}`
    default:
      return "service" in command ? `${command._tag} ${command.service}` : command._tag
  }
}
