/**
 * The process group of a child process: the child leads it, and all that the child starts belong to it, unless they leave it.
 */
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"

/**
 * - `ask`: sends the group a signal to end, once. From systemd: a group that is suspended goes on, and can end
 * - `wake`: it goes on if it is suspended
 * - `asked`: the signal by which the group was asked to end
 * - `kill`: ends the group by force
 * - `gone`: returns when no process of the group is left. Asks it to end, if nobody has
 *
 * @internal
 */
export interface Group {
  readonly ask: () => void
  readonly wake: () => void
  readonly asked: () => NodeJS.Signals | undefined
  readonly kill: () => void
  readonly isKilled: () => boolean
  readonly gone: Effect.Effect<void>
}

/** How long to wait before one looks again whether a process of the group is left, in milliseconds: longer each time. */
const [shortest, longest] = [5, 200]

/** @internal */
export const groupOf = (leader: number, stopSignal: NodeJS.Signals): Group => {
  let asked: NodeJS.Signals | undefined
  let isKilled = false
  const wake = () => void send(leader, "SIGCONT")
  const ask = () => {
    if (asked !== undefined) return
    asked = stopSignal
    send(leader, stopSignal)
    wake() // one that is suspended would not hear it
  }
  const gone = (pause: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!isThere(leader, pause > shortest)) return Effect.void
      ask()
      return Effect.andThen(Effect.sleep(pause), gone(Math.min(longest, 2 * pause)))
    })
  return {
    ask,
    wake,
    asked: () => asked,
    kill: () => {
      isKilled = true
      send(leader, "SIGKILL")
    },
    isKilled: () => isKilled,
    gone: gone(shortest)
  }
}

/** Whether there was such a group. */
const send = (leader: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-leader, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" // there is one, of another user
  }
}

/**
 * Whether a process of the group is left. Those that are dead and that nobody has reaped count as gone: in a container whose first
 * process reaps nobody they stay for ever. To find them out is dear, so it is done only if the group does not go at once.
 */
const isThere = (leader: number, isLate: boolean): boolean =>
  send(leader, 0) && !(isLate && process.platform === "linux" && areAllDead(leader))

const areAllDead = (leader: number): boolean => {
  const group = String(leader)
  const { alive, dead } = members()
  return dead.has(group) && !alive.has(group) // neither: the system does not tell
}

/** The groups that have somebody alive, and those that have somebody dead. */
interface Members {
  readonly alive: ReadonlySet<string>
  readonly dead: ReadonlySet<string>
}

/** Groups that are looked at in this time share one look, in milliseconds: it reads a file of each process. */
const fresh = 50

let latest: Members & { readonly at: number } = { alive: new Set(), dead: new Set(), at: -Infinity }

const members = (): Members => {
  if (performance.now() - latest.at < fresh) return latest
  const [alive, dead] = [new Set<string>(), new Set<string>()]
  for (const entry of processes()) {
    const [state, group] = /^\d+$/.test(entry) ? statOf(entry) : []
    if (group !== undefined) (state === "Z" || state === "X" ? dead : alive).add(group)
  }
  latest = { alive, dead, at: performance.now() }
  return latest
}

/** None, where the system does not tell, or has no descriptor left. */
const processes = (): ReadonlyArray<string> => {
  try {
    return readdirSync("/proc")
  } catch {
    return []
  }
}

/** The state and the group of a process. Its name, which comes before, may have spaces and brackets. */
const statOf = (pid: string): ReadonlyArray<string | undefined> => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    const [state, , group] = fields.slice(fields.lastIndexOf(")") + 2).split(" ")
    return [state, group]
  } catch {
    return [] // it is gone
  }
}
