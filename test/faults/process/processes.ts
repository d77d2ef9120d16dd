/** What must be told of the process or thread of a run. Pure. */
import { isOwn, type Row } from "./Ledger.ts"
import type { Host } from "./plan.ts"
import { isEnd } from "./report.ts"

/** What is wrong with what was told of the process of one run, by all rows of that run. `isOver`: the governor has
 * ended all. One that is killed while Node starts a process does not hear of that process. */
export const wrongProcess = (host: Host, rows: ReadonlyArray<Row>, isOver: boolean): ReadonlyArray<string> => {
  const told = rows.filter((row) => row._tag === "Told")
  const begins = told.filter(({ event }) => event === "ProcessStarted")
  const ends = told.filter(({ event }) => event === "ProcessEnded")
  const pid = rows.find(isOwn)?.pid
  const begun = begins[0]?.process
  const end = told.find(({ event }) => isEnd(event))
  const howEnded = ends[0]?.process
  const words = howEnded === undefined ? undefined : howEnded.signal ?? `code ${howEnded.code}`
  const isNamed = end?.cause !== undefined && /^(code \d+|SIG[A-Z]+)$/.test(end.cause)
  return [
    ...(begins.length > 1 || ends.length > 1 ? ["was told more than once"] : []),
    ...(isOver && begins.length === 0 && rows.some(isOwn) ? ["was not told, though it wrote something"] : []),
    ...(host !== "thread" && begun !== undefined && pid !== undefined && begun.pid !== pid
      ? [`was told as ${begun.pid}, and is ${pid}`]
      : []),
    ...(isOver && begins.length > 0 && ends.length === 0 ? ["was not told to have ended"] : []),
    ...(isNamed && words !== undefined && words !== end.cause
      ? [`was told to have ended with ${words}, and its run with ${end.cause}`]
      : [])
  ]
}
