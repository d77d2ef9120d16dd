/** All that is measured beside one another. Each is loaded only in the process that measures it. */
import type { Engine } from "./Engine.ts"

export interface Peer {
  readonly title: string
  /** None: it is a program of its own. */
  readonly load?: () => Promise<{ readonly engine: Engine }>
  /** What it cannot do, by the beginning of the workload's name, and why. */
  readonly leavesOut?: Readonly<Record<string, string>>
}

const notRestarted = "an actor that has handled its message waits for the next one; it is not restarted"

export const peers: Readonly<Record<string, Peer>> = {
  governor: { title: "effect-governor", load: () => import("./governor.ts") },
  raw: { title: "Effect, forkIn and repeat", load: () => import("./raw.ts") },
  fiberMap: { title: "Effect, FiberMap and repeat", load: () => import("./fiberMap.ts") },
  lean: { title: "Effect, the least loop", load: () => import("./lean.ts") },
  facade: { title: "effect-governor/promise", load: () => import("./facade.ts") },
  handWritten: { title: "promise loop by hand", load: () => import("./handWritten.ts") },
  effection: { title: "effection", load: () => import("./effection.ts") },
  nact: {
    title: "nact",
    load: () => import("./nact.ts"),
    leavesOut: {
      backoff: "it has no restart delay",
      "storm 1 returned": notRestarted,
      "storm 100 returned": notRestarted,
      sleepers: "an actor that sleeps while it handles a message is not ended by a stop"
    }
  },
  erlang: {
    title: "Erlang/OTP supervisor",
    leavesOut: {
      backoff: "it has no restart delay",
      "sleepers stop": "it starts one after another, with a turn among all that wake up meanwhile: 60,000 take minutes",
      storm: "each restart walks the list of all others of the last second, which it keeps to limit them"
    }
  }
}

/** What is imported is its own title. */
export const titleOf = (peer: string): string => peers[peer]?.title ?? peer

/** Ours, and what each is compared with. */
export const pairs: Readonly<Record<string, string>> = { governor: "raw", facade: "handWritten" }

/** Workloads that the peer of a pair has not: there the facade is compared with the core. */
const others: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  events: { facade: "governor" },
  status: { facade: "governor" },
  import: { "effect-governor/promise": "effect/Effect" }
}

/** The peer that a figure of this one is divided by, if there is one. */
export const comparedWith = (workload: string, peer: string): string | undefined => (others[workload] ?? pairs)[peer]
