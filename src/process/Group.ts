/**
 * The process group of a child process: the child leads it, and all that the child starts belong to it, unless they leave it.
 */
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"

/**
 * - `ask`: sends the group a signal to end, once. From systemd: a group that is suspended goes on, and can end
 * - `asked`: the signal by which the group was asked to end
 * - `kill`: ends the group by force
 * - `gone`: returns when no process of the group is left. Asks it to end, if nobody has
 *
 * @internal
 */
export interface Group {
  readonly ask: () => void
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
  const ask = () => {
    if (asked !== undefined) return
    asked = stopSignal
    send(leader, stopSignal)
    send(leader, "SIGCONT") // one that is suspended would not hear it
  }
  const gone = (pause: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (!isThere(leader, pause > shortest)) return Effect.void
      ask()
      return Effect.andThen(Effect.sleep(pause), gone(Math.min(longest, 2 * pause)))
    })
  return {
    ask,
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

const areAllDead = (leader: number): boolean =>
  readdirSync("/proc").every((entry) => {
    const [state, group] = /^\d+$/.test(entry) ? statOf(entry) : []
    return group !== String(leader) || state === "Z" || state === "X"
  })

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
