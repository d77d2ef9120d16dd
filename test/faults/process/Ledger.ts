/**
 * What is known of a round when it is over: the rows that its processes and its governor wrote, and what the system was seen to
 * have. All times are in milliseconds, by the one clock of the machine.
 */
import type { ProcessStatus } from "../../../src/GovernorEvent.ts"
import type { Tag } from "./plan.ts"

interface OfRun {
  readonly service: string
  readonly run: number
  readonly at: number
}

/** What a process or a thread writes of itself. */
export type Own =
  & OfRun
  & { readonly pid: number }
  & (
    /** `Deaf`: from now on it does not heed what asks it to end, or has a process in its group that does not. */
    | { readonly _tag: "Began" | "Alive" | "Deaf" }
    /** Its fault is next. */
    | { readonly _tag: "Does"; readonly fault: Tag }
  )

/**
 * An event of the governor, without `Service`.
 *
 * - `cause`: a word for what was thrown
 * - `process`: what is known of the process or thread of the run
 */
export interface Told extends OfRun {
  readonly _tag: "Told"
  readonly event: string
  readonly cause?: string
  readonly process?: ProcessStatus
}

export interface Outcome {
  readonly name: string
  readonly outcome: string
  readonly cause?: string | undefined
}

/** The numbers of the lines of a flood, as they came: from the first to the last of each sequence. */
export interface Flooded {
  readonly _tag: "Flooded"
  readonly service: string
  readonly run: number
  readonly ranges: ReadonlyArray<readonly [first: number, last: number]>
}

/** What the process of the governor has open, and which of its children nobody has reaped. */
interface Counted {
  readonly _tag: "Counted"
  readonly when: "before" | "after"
  readonly descriptors: ReadonlyArray<string>
  readonly zombies: ReadonlyArray<number>
}

export type Row =
  | Own
  | Told
  | Flooded
  | Counted
  | { readonly _tag: "Reported"; readonly ok: boolean; readonly services: ReadonlyArray<Outcome> }
  /** A command by hand was not taken. */
  | { readonly _tag: "Refused"; readonly command: string; readonly error: string }

/** A process of the round. Its group is that of the first process of a run. */
export interface Seen {
  readonly pid: number
  readonly group: number
  /** Undefined: it belongs to no service, as the governor and the shell that waits for its end. */
  readonly service: string | undefined
  readonly command: string
}

/** How the process of the governor has ended; `"hung"` if it was killed because it did not. */
export type Exit = number | NodeJS.Signals | "hung"

export interface Ledger {
  readonly rows: ReadonlyArray<Row>
  readonly exit: Exit
  /** The processes that were there at one time, again and again. */
  readonly looks: ReadonlyArray<ReadonlyArray<Seen>>
  /** Those of services that were there when the governor had ended. */
  readonly atExit: ReadonlyArray<Seen>
  /** Those that did not go, however long they were waited for. */
  readonly left: ReadonlyArray<Seen>
}

/** The row that was being written when its process was killed is no row. */
export const rowsIn = (text: string): ReadonlyArray<Row> =>
  text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Row]
    } catch {
      return []
    }
  })

/** Whether a process or a thread of a service wrote the row. */
export const isOwn = (row: Row): row is Own => "pid" in row

/** Sequences of numbers that grow by one. */
export const rangesOf = (numbers: ReadonlyArray<number>): Flooded["ranges"] => {
  const ranges: Array<[number, number]> = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] + 1 === number) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}
