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

/** Ours, and what each is compared with. */
export const pairs = { governor: "raw", facade: "handWritten" } as const
