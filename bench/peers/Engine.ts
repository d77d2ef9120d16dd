/** What each peer does here: it starts services, keeps them up, and stops them. */

/** What a service does in each of its runs. Each peer says it in its own words. */
export type Work =
  /** It returns or throws at once. */
  | { readonly then: "end"; readonly begin: () => void }
  | Wait
  /** It waits for a turn of the event loop, and throws. */
  | { readonly then: "crash"; readonly begin: () => void; readonly crash: () => never }
  /** It sleeps, again and again; what `begin` returns is called at each wake-up. */
  | { readonly then: "sleep"; readonly begin: () => () => void; readonly millis: number }

/** It waits for its end, which it tells; or it is a fiber, that can be asked. */
export interface Wait {
  readonly then: "wait"
  readonly begin: (fiber?: Asked) => void
  readonly ended: () => void
  /** How an effect tells its end, if it is not to be asked. */
  readonly by?: "onInterrupt" | "finalizer"
}

/** What of a fiber tells whether it is over, at no cost while it runs. */
export interface Asked {
  readonly pollUnsafe: () => unknown
}

/** To which loggers the log goes, from `Info` on. */
export interface Log {
  readonly loggers: "none" | "throwing" | "console" | "json"
  /** Called for each line with an error that came to a logger. */
  readonly line: () => void
}

/** Those a service depends on, by their numbers. */
export type Graph = (i: number, count: number) => ReadonlyArray<number>

export interface Fleet {
  readonly count: number
  readonly work: Work
  /** Between two runs, in milliseconds. */
  readonly delay: number
  /** Known to ours alone. */
  readonly graph?: Graph
  /** Known to those that run effects. Without it nothing is logged. */
  readonly log?: Log
}

export interface Started {
  /** Stops all of them, and resolves when all are over. */
  readonly stop: () => Promise<void>
  /** Calls the listener for each event, until the returned function is called. Ours alone have events, … */
  readonly listen?: (listener: (event: { readonly _tag: string }) => void) => () => void
  /** … a status of each service, … */
  readonly status?: () => ReadonlyArray<unknown>
  /** … and restart one by hand: this is the first, and resolves when its next run has begun. */
  readonly restart?: () => Promise<void>
}

/** Services that wait for one another, and are not ready before it is said of them. */
interface Waiting {
  readonly ready: (name: string) => void
  readonly status: () => ReadonlyArray<{ readonly _tag: string; readonly waitingFor?: ReadonlyArray<string> }>
  readonly stop: () => Promise<void>
}

/** A check of each service: it returns at once, or a promise. */
export interface Probed {
  readonly kind: "value" | "promise"
  /** In milliseconds. */
  readonly every: number
  readonly checked: () => void
}

export interface Engine {
  /** Resolves when all services have begun; with a graph, when all are ready. */
  readonly start: (fleet: Fleet) => Promise<Started>
  /**
   * Starts as many governors inside of one, each a service of the one above, and one service in the innermost. Resolves when
   * all are ready. Ours alone have governors.
   */
  readonly nest?: (fleet: Fleet) => Promise<Started>
  /** As `start`, with the services in so many governors inside of one. `listen` hears of all of them. */
  readonly spread?: (fleet: Fleet, governors: number) => Promise<Started>
  /** Resolves when all services have begun that wait for none. Ours alone know for whom a service waits. */
  readonly wait?: (graph: Graph, count: number) => Promise<Waiting>
  /** Starts services that do nothing, with such a probe if there is one. Ours alone have probes. */
  readonly probe?: (count: number, probed: Probed | undefined) => Promise<Pick<Started, "stop">>
}

export const named = (i: number) => `service-${i}`

/** What ours need to know of a graph. */
export const dependsOn = ({ count, graph }: Fleet, i: number) => graph && { dependsOn: graph(i, count).map(named) }

/** A count that is not as it has to be fails the benchmark. */
export const verify = (what: string, actual: number, expected: number) => {
  if (actual !== expected) throw new Error(`wrong count: ${actual} ${what}, not ${expected}`)
}
