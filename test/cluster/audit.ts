/**
 * What the audit table of a cluster says about the promises of a cluster. Pure.
 *
 * Each node writes a row when a run of a service begins, works and ends. The moment of a row is the database's, so that the
 * rows of all nodes are on one clock.
 */

export interface Row {
  /** Milliseconds, by the clock of the database. */
  readonly at: number
  readonly node: string
  readonly pid: number
  readonly service: string
  readonly epoch: number
  /** `guarded`: a write that the fence let through. `refused`: one that it did not. `write`: one that it was not asked about. */
  readonly what: "begin" | "write" | "end" | "guarded" | "refused"
}

export interface Options {
  /**
   * Whether this node may still run a service that another node has taken over, as after a freeze: for so many
   * milliseconds. It may then begin a run with its old epoch too, because the freeze may come between its bump and its begin.
   */
  readonly allowOverlapOf?: (service: string, node: string, millis: number) => boolean
  /** When these pids were killed. A process that is killed writes no `end`. */
  readonly died?: ReadonlyMap<number, number>
  /** The end of what was observed. Default: the last row. */
  readonly until?: number
  /** For how many milliseconds nobody may have run a service at the end. Default: for ever, even if nobody ever did. */
  readonly atMostAway?: number
  /** The services there are. Default: those that have a row. */
  readonly services?: ReadonlyArray<string>
}

/** One run of a service. */
export interface Run {
  readonly service: string
  readonly node: string
  readonly pid: number
  readonly epoch: number
  readonly begun: number
  /** When the run ended, or its process died. Undefined if neither is known. */
  readonly over: number | undefined
  /** When its last row was written. */
  readonly last: number
}

interface Owner {
  readonly node: string
  readonly pid: number
  readonly epoch: number
}

export type Violation =
  /** Two nodes ran the service at one time. The one with the lower epoch should have ended. */
  | {
    readonly _tag: "Overlap"
    readonly service: string
    readonly stale: Owner
    readonly owner: Owner
    readonly from: number
    readonly millis: number
  }
  /** The fence let a write through, when a run with a higher epoch had begun. */
  | Found<"StaleGuardedWrite", { readonly newest: number }>
  /** A run began with an epoch that is not higher than all before. */
  | Found<"EpochNotGrown", { readonly before: number }>
  /** A node began a run, when its run before had not ended. */
  | {
    readonly _tag: "TwoRuns"
    readonly service: string
    readonly node: string
    readonly pid: number
    readonly epochs: readonly [number, number]
    readonly at: number
  }
  /** A row of a run that had not begun, or had ended. */
  | Found<"OutsideRun", { readonly what: Row["what"] }>
  /** Nobody ran the service at the end. */
  | { readonly _tag: "Nowhere"; readonly service: string; readonly since: number; readonly millis: number }

type Found<Tag, More> =
  & { readonly _tag: Tag; readonly service: string; readonly node: string; readonly pid: number }
  & { readonly epoch: number; readonly at: number }
  & More

/**
 * What breaks a promise. A write that was under way when its run ended breaks none: the network may hold it for as long as it
 * likes.
 */
export const brokenIn = (rows: ReadonlyArray<Row>, options: Options = {}): ReadonlyArray<Violation> =>
  violationsIn(rows, options).filter(({ _tag }) => _tag !== "OutsideRun")

/** Everything in the rows that breaks a promise, service by service, and of each the earliest first. */
export const violationsIn = (rows: ReadonlyArray<Row>, options: Options = {}): ReadonlyArray<Violation> => {
  const moments = rows.map(({ at }) => at)
  const until = options.until ?? moments.reduce((a, b) => Math.max(a, b), 0)
  const first = moments.reduce((a, b) => Math.min(a, b), until)
  return Array.from(byService(rows, options.services), ([service, own]) => {
    const { found, runs } = read(own, options)
    const ends = endsOf(runs, until)
    const during = [...overlaps(runs, ends, options), ...found, ...twoRuns(runs)]
    const since = ends.reduce((a, b) => Math.max(a, b), first)
    return [
      ...during.toSorted((a, b) => momentOf(a) - momentOf(b)),
      ...nowhere(service, { since, millis: until - since, isKnown: runs.length > 0 }, options)
    ]
  }).flat()
}

/** The runs in the rows, service by service, and of each the earliest first. */
export const runsOf = (rows: ReadonlyArray<Row>, options: Options = {}): ReadonlyArray<Run> =>
  Array.from(byService(rows), ([, own]) => read(own, options).runs).flat()

/** The writes that were done when a run with a higher epoch had begun. */
export const staleIn = (rows: ReadonlyArray<Row>, what: "write" | "guarded"): ReadonlyArray<Row> =>
  Array.from(byService(rows), ([, own]) => {
    let newest = -Infinity
    return own.filter((row) => {
      if (row.what === "begin") newest = Math.max(newest, row.epoch)
      return row.what === what && row.epoch < newest
    })
  }).flat()

/** Rows of one moment stay in their order. */
const byService = (
  rows: ReadonlyArray<Row>,
  services: ReadonlyArray<string> = []
): ReadonlyMap<string, ReadonlyArray<Row>> => {
  const all = new Map<string, Array<Row>>(services.map((service) => [service, []]))
  for (const row of rows.toSorted((a, b) => a.at - b.at)) {
    const own = all.get(row.service)
    if (own === undefined) all.set(row.service, [row])
    else own.push(row)
  }
  return all
}

type Open = { -readonly [Key in keyof Run]: Run[Key] }

/** What is known of one service after some of its rows. */
interface Reading {
  readonly runs: Array<Open>
  /** What a row says by itself against those before it. */
  readonly found: Array<Violation>
  /** The runs that have no end yet. */
  readonly open: Map<string, Open>
  newest: number
}

const read = (rows: ReadonlyArray<Row>, { allowOverlapOf = never, died = new Map() }: Options): Reading => {
  const reading: Reading = { runs: [], found: [], open: new Map(), newest: -Infinity }
  for (const row of rows) {
    if (row.what === "begin") begin(reading, row, allowOverlapOf)
    else work(reading, row)
  }
  for (const run of reading.runs) run.over ??= deathOf(run, nextOf(run, reading.runs), died)
  return reading
}

const keyOf = ({ epoch, node, pid }: Row): string => [node, pid, epoch].join(" ")

const begin = (reading: Reading, row: Row, allowOverlapOf: NonNullable<Options["allowOverlapOf"]>): void => {
  const { at, epoch, node, pid, service } = row
  const before = reading.newest
  if (epoch === before || (epoch < before && !allowOverlapOf(service, node, 0))) {
    reading.found.push({ _tag: "EpochNotGrown", service, node, pid, epoch, at, before })
  }
  const run: Open = { service, node, pid, epoch, begun: at, over: undefined, last: at }
  reading.open.set(keyOf(row), run)
  reading.runs.push(run)
  reading.newest = Math.max(before, epoch)
}

const work = ({ found, newest, open }: Reading, row: Row): void => {
  const { at, epoch, node, pid, service, what } = row
  const its = { service, node, pid, epoch, at }
  const run = open.get(keyOf(row))
  if (what === "guarded" && epoch < newest) found.push({ _tag: "StaleGuardedWrite", ...its, newest })
  else if (run === undefined) found.push({ _tag: "OutsideRun", ...its, what })
  if (run === undefined) return
  run.last = at
  if (what !== "end") return
  run.over = at
  open.delete(keyOf(row))
}

const never = () => false

/**
 * When the death of its process ended a run: if the process died in it, and not in the next one. A statement that was sent
 * before the kill may be done after it.
 */
const deathOf = (
  { begun, last, pid }: Run,
  next: Run | undefined,
  died: ReadonlyMap<number, number>
): number | undefined => {
  const at = died.get(pid)
  if (at === undefined || at < begun || (next !== undefined && next.begun < at)) return undefined
  return Math.max(at, last)
}

/** The next run on the same node. */
const nextOf = (run: Run, runs: ReadonlyArray<Run>): Run | undefined =>
  runs.slice(runs.indexOf(run) + 1).find(({ node }) => node === run.node)

/** A run without an end, after which its node began another, ends there: `twoRuns` finds it. */
const endsOf = (runs: ReadonlyArray<Run>, until: number): ReadonlyArray<number> =>
  runs.map((run) => run.over ?? Math.max(run.last, nextOf(run, runs)?.begun ?? until))

const overlaps = (
  runs: ReadonlyArray<Run>,
  ends: ReadonlyArray<number>,
  { allowOverlapOf = never }: Options
): ReadonlyArray<Violation> =>
  runs.flatMap((one, i) =>
    runs.slice(i + 1).flatMap((other, j) => {
      const millis = Math.min(ends[i]!, ends[i + 1 + j]!) - other.begun
      if (other.node === one.node || millis <= 0) return []
      const [stale, owner] = other.epoch < one.epoch ? [other, one] : [one, other]
      if (allowOverlapOf(one.service, stale.node, millis)) return []
      return [{
        _tag: "Overlap" as const,
        service: one.service,
        stale: ownerOf(stale),
        owner: ownerOf(owner),
        from: other.begun,
        millis
      }]
    })
  )

const ownerOf = ({ epoch, node, pid }: Run): Owner => ({ node, pid, epoch })

const twoRuns = (runs: ReadonlyArray<Run>): ReadonlyArray<Violation> =>
  runs.flatMap((run) => {
    const next = nextOf(run, runs)
    if (next === undefined || (run.over !== undefined && run.over <= next.begun)) return []
    const { begun: at, node, pid, service } = next
    return [{ _tag: "TwoRuns" as const, service, node, pid, epochs: [run.epoch, next.epoch] as const, at }]
  })

const nowhere = (
  service: string,
  { isKnown, millis, since }: { readonly since: number; readonly millis: number; readonly isKnown: boolean },
  { atMostAway = Infinity }: Options
): ReadonlyArray<Violation> => {
  const isAway = isKnown ? millis > atMostAway : Number.isFinite(atMostAway)
  return isAway ? [{ _tag: "Nowhere", service, since, millis }] : []
}

const momentOf = (violation: Violation): number => {
  if (violation._tag === "Overlap") return violation.from
  return violation._tag === "Nowhere" ? violation.since : violation.at
}

/** One sentence, for the message of a test. */
export const inWords = (violation: Violation): string => `${violation.service}: ${sentence(violation)}`

const who = ({ epoch, node, pid }: Owner): string => `${node} (pid ${pid}, epoch ${epoch})`

const sentence = (violation: Violation): string => {
  switch (violation._tag) {
    case "Overlap": {
      const { from, millis, owner, stale } = violation
      return `${who(stale)} and ${who(owner)} both ran it for ${millis} ms from ${from}`
    }
    case "StaleGuardedWrite":
      return `${who(violation)} did a guarded write at ${violation.at}, when epoch ${violation.newest} had begun`
    case "EpochNotGrown":
      return `${who(violation)} began at ${violation.at}, when epoch ${violation.before} had begun`
    case "TwoRuns": {
      const { at, epochs: [before, epoch] } = violation
      return `${who({ ...violation, epoch })} began at ${at}, when its run with epoch ${before} had not ended`
    }
    case "OutsideRun":
      return `${who(violation)} wrote "${violation.what}" at ${violation.at}, when it had no such run`
    case "Nowhere":
      return `nobody has run it since ${violation.since}, for ${violation.millis} ms`
  }
}
