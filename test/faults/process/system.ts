/** What the system knows of the processes of a round. They are found by what is in their environment. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import type { Seen } from "./Ledger.ts"

/** The variables by which a process is known as one of a round, and of a service. */
export const variables = { round: "FAULTED_ROUND", service: "FAULTED_SERVICE" } as const

/** What a process was found to be. A process that has just begun has the environment of its parent for a moment. */
interface Known {
  readonly began: number
  readonly service: string | undefined
  readonly isOurs: boolean
}

/** Looks at all processes of one round, again and again. Those that are dead and that nobody has reaped are not told. */
export const lookout = (round: string): () => ReadonlyArray<Seen> => {
  const known = new Map<string, Known>()
  const knownAs = (pid: string, began: number): Known => {
    const before = known.get(pid)
    if (before?.began === began && (!before.isOurs || before.service !== undefined)) return before
    const now = { began, ...identityOf(pid, round) }
    known.set(pid, now)
    return now
  }
  return () =>
    readdirSync("/proc").flatMap((pid) => {
      const stat = /^\d+$/.test(pid) ? statOf(pid) : undefined
      if (stat === undefined || stat.isDead) return []
      const { isOurs, service } = knownAs(pid, stat.began)
      return isOurs ? [{ pid: Number(pid), group: stat.group, service, command: stat.name }] : []
    })
}

const identityOf = (pid: string, round: string): Omit<Known, "began"> => {
  try {
    const variablesOf = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")
    const valueOf = (name: string) => variablesOf.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
    return { isOurs: valueOf(variables.round) === round, service: valueOf(variables.service) }
  } catch {
    return { isOurs: false, service: undefined } // it is gone
  }
}

/** The system counts in hundredths of a second. */
const tick = 10

interface Stat {
  readonly name: string
  readonly isDead: boolean
  readonly parent: number
  readonly group: number
  readonly began: number
}

const statOf = (pid: string): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1")
    const end = text.lastIndexOf(")")
    const fields = text.slice(end + 2).split(" ")
    return {
      name: text.slice(text.indexOf("(") + 1, end),
      isDead: fields[0] === "Z" || fields[0] === "X",
      parent: Number(fields[1]),
      group: Number(fields[2]),
      began: Number(fields[19]) * tick
    }
  } catch {
    return undefined // it is gone
  }
}

/** The children of this process that are dead and that it has not reaped. */
export const zombies = (): ReadonlyArray<number> =>
  readdirSync("/proc").filter((pid) => {
    const stat = /^\d+$/.test(pid) ? statOf(pid) : undefined
    return stat?.isDead === true && stat.parent === process.pid
  }).map(Number)

/** What this process has open, without the numbers that are different each time. */
export const descriptors = (): ReadonlyArray<string> =>
  readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`).replaceAll(/\[?\d+\]?/g, "")]
    } catch {
      return [] // that of the folder itself
    }
  }).toSorted()
