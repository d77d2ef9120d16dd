/** What breaks a promise in a round of faults. Pure. */
import { endInWords, mayEnd } from "./ends.ts"
import {
  type Exit,
  type Flooded,
  isOwn,
  type Ledger,
  type Outcome,
  type Own,
  type Row,
  type Seen,
  type Told
} from "./Ledger.ts"
import { deedOf, isShort, type Plan, type Service } from "./plan.ts"
import { wrongProcess } from "./processes.ts"
import { type Due, dueFor, isEnd } from "./report.ts"

type OfRun<Tag, More = object> = { readonly _tag: Tag; readonly service: string; readonly run: number } & More

export type Violation =
  /** A process is there that was promised to be gone. */
  | { readonly _tag: "Left" | "LeftAtExit"; readonly process: Seen }
  | { readonly _tag: "Zombies"; readonly pids: ReadonlyArray<number> }
  | { readonly _tag: "Descriptors"; readonly before: ReadonlyArray<string>; readonly after: ReadonlyArray<string> }
  /** Processes of two runs were there at one time. */
  | { readonly _tag: "TwoAtOnce"; readonly service: string; readonly groups: ReadonlyArray<number> }
  /** A run did something when it had been told as over. */
  | OfRun<"RanOn", { readonly what: string; readonly at: number; readonly over: number }>
  | OfRun<"BeganTwice" | "EndedTwice", { readonly times: number }>
  | OfRun<"Abandoned" | "NeverEnded">
  | OfRun<"WrongEnd", { readonly of: Service; readonly end: string; readonly due: ReadonlyArray<string> }>
  | OfRun<"WrongProcess", { readonly wrong: string }>
  | OfRun<"LinesLost", { readonly lines: number; readonly ranges: Flooded["ranges"] }>
  | { readonly _tag: "NoReport" }
  | {
    readonly _tag: "WrongReport"
    readonly service: string
    readonly outcome: string | undefined
    readonly due: ReadonlyArray<string>
  }
  | {
    readonly _tag: "WrongCause"
    readonly service: string
    readonly cause: string | undefined
    readonly due: string
  }
  | { readonly _tag: "WrongOk"; readonly ok: boolean }
  | { readonly _tag: "WrongExit"; readonly exit: Exit; readonly due: Exit }

/** Everything in what is known of the round that breaks a promise. */
export const violationsIn = (plan: Plan, ledger: Ledger): ReadonlyArray<Violation> => [
  ...left(plan, ledger),
  ...counts(ledger.rows),
  ...twoAtOnce(ledger.looks),
  ...plan.services.flatMap((service) => ofService(service, plan, ledger.rows)),
  ...(hasReport(plan) ? report(plan, ledger) : []),
  ...exit(plan, ledger)
]

/** Whether the governor was let to end its services. */
const hasReport = ({ end: { how } }: Plan): boolean => how === "shutdown" || how === "SIGTERM"

// --- processes ---

const left = (plan: Plan, ledger: Ledger): ReadonlyArray<Violation> => [
  ...(hasReport(plan) ? ledger.atExit.map((process) => ({ _tag: "LeftAtExit" as const, process })) : []),
  ...ledger.left.map((process) => ({ _tag: "Left" as const, process }))
]

const twoAtOnce = (looks: Ledger["looks"]): ReadonlyArray<Violation> => {
  const found = new Map<string, Violation>()
  for (const look of looks) {
    for (const service of new Set(look.map(({ service }) => service))) {
      const groups = Array.from(new Set(look.filter((one) => one.service === service).map(({ group }) => group)))
      if (service === undefined || groups.length < 2) continue
      found.set(`${service} ${groups.join(" ")}`, { _tag: "TwoAtOnce", service, groups })
    }
  }
  return Array.from(found.values())
}

const counts = (rows: ReadonlyArray<Row>): ReadonlyArray<Violation> => {
  const counted = rows.filter((row) => row._tag === "Counted")
  const before = counted.find(({ when }) => when === "before")
  const after = counted.findLast(({ when }) => when === "after")
  if (before === undefined || after === undefined) return []
  const hasMore = after.descriptors.length > before.descriptors.length
  return [
    ...(after.zombies.length > 0 ? [{ _tag: "Zombies" as const, pids: after.zombies }] : []),
    ...(hasMore
      ? [{ _tag: "Descriptors" as const, before: before.descriptors, after: after.descriptors }]
      : [])
  ]
}

// --- runs ---

const ofService = (service: Service, plan: Plan, rows: ReadonlyArray<Row>): ReadonlyArray<Violation> => {
  const own = rows.filter((row) => "service" in row && row.service === service.name)
  const told = own.filter((row) => row._tag === "Told")
  const runs = told.filter(({ event }) => event === "Starting").map(({ run }) => run)
  return [
    ...runs.flatMap((run) => ofRun({ service, run, plan }, own.filter((row) => "run" in row && row.run === run))),
    ...runs.flatMap((run) => ranOn(run, own.filter(isOwn), told))
  ]
}

interface Which {
  readonly service: Service
  readonly run: number
  readonly plan: Plan
}

const ofRun = (which: Which, rows: ReadonlyArray<Row>): ReadonlyArray<Violation> => {
  const { plan, run, service: { host, name: service } } = which
  const told = rows.filter((row) => row._tag === "Told")
  const ends = told.filter(({ event }) => isEnd(event))
  const begins = rows.filter(({ _tag }) => _tag === "Began").length
  const its = { service, run }
  return [
    ...(begins > 1 ? [{ _tag: "BeganTwice" as const, ...its, times: begins }] : []),
    ...(ends.length > 1 ? [{ _tag: "EndedTwice" as const, ...its, times: ends.length }] : []),
    ...(told.some(({ event }) => event === "Abandoned") ? [{ _tag: "Abandoned" as const, ...its }] : []),
    ...(ends.length === 0 && hasReport(plan) ? [{ _tag: "NeverEnded" as const, ...its }] : []),
    ...wrongProcess(host, rows, hasReport(plan)).map((wrong) => ({
      _tag: "WrongProcess" as const,
      service,
      run,
      wrong
    })),
    ...(ends.length === 1 ? ended(which, rows, ends[0]!) : [])
  ]
}

const ended = ({ plan, run, service }: Which, rows: ReadonlyArray<Row>, end: Told): ReadonlyArray<Violation> => {
  const before = rows.slice(0, rows.indexOf(end))
  const askedAt = before.find((row) => row._tag === "Told" && row.event === "Stopping")
  const did = rows.some(({ _tag }) => _tag === "Does")
  const deed = deedOf(service, run)
  const due = mayEnd({
    host: service.host,
    deed,
    isShort: isShort(service) || isShort({ stopTimeout: plan.shutdownTimeout }),
    did,
    deafSince: timeOf(rows.find(({ _tag }) => _tag === "Deaf")),
    askedAt: timeOf(askedAt)
  })
  const words = endInWords(end.event, end.cause)
  const its = { service: service.name, run }
  const wrong = due.includes(words) ? [] : [{ _tag: "WrongEnd" as const, ...its, of: service, end: words, due }]
  const wasLetToEnd = did && askedAt === undefined && hasReport(plan)
  return wasLetToEnd && deed.fault._tag === "Floods" ? [...wrong, ...lost(its, deed.fault.lines, rows)] : wrong
}

const timeOf = (row: Row | undefined): number | undefined => row !== undefined && "at" in row ? row.at : undefined

const lost = (
  its: { readonly service: string; readonly run: number },
  lines: number,
  rows: ReadonlyArray<Row>
): ReadonlyArray<Violation> => {
  const { ranges = [] } = rows.find((row) => row._tag === "Flooded") ?? {}
  const isWhole = ranges.length === 1 && ranges[0]![0] === 0 && ranges[0]![1] === lines - 1
  return isWhole ? [] : [{ _tag: "LinesLost", ...its, lines, ranges }]
}

/** The first thing that a run did when its end was told. A crash may be told before what it has left behind is gone. */
const ranOn = (run: number, own: ReadonlyArray<Own>, told: ReadonlyArray<Told>): ReadonlyArray<Violation> => {
  const over = told.find(({ event, run: other }) =>
    event === "Starting" ? other > run : other === run && ["Stopped", "Failed", "Removed"].includes(event)
  )
  const late = over && own.find((row) => row.run === run && row.at > over.at)
  return late === undefined
    ? []
    : [{ _tag: "RanOn", service: late.service, run, what: late._tag, at: late.at, over: over!.at }]
}

// --- the end of the governor ---

const report = ({ services }: Plan, { rows }: Ledger): ReadonlyArray<Violation> => {
  const reported = rows.find((row) => row._tag === "Reported")
  if (reported === undefined) return [{ _tag: "NoReport" }]
  const dues = duesOf(services, rows)
  const wrong = services.flatMap(({ name }) =>
    wrongReport(name, reported.services.find((service) => service.name === name), dues.get(name))
  )
  const ok = Array.from(dues.values()).every(({ isOk }) => isOk)
  return [...wrong, ...(ok === reported.ok ? [] : [{ _tag: "WrongOk" as const, ok: reported.ok }])]
}

const wrongReport = (service: string, told: Outcome | undefined, due: Due | undefined): ReadonlyArray<Violation> => {
  const [outcome, outcomes] = [told?.outcome, due?.outcomes ?? []]
  const isRight = outcome === undefined ? outcomes.length === 0 : outcomes.includes(outcome)
  if (!isRight) return [{ _tag: "WrongReport", service, outcome, due: outcomes }]
  if (due?.cause === undefined || told?.cause === due.cause) return []
  return [{ _tag: "WrongCause", service, cause: told?.cause, due: due.cause }]
}

/** For each service that was to start and was not removed. */
const duesOf = (services: ReadonlyArray<Service>, rows: ReadonlyArray<Row>): ReadonlyMap<string, Due> =>
  new Map(services.flatMap(({ name }) => {
    const told = rows.filter((row) => row._tag === "Told" && row.service === name) as ReadonlyArray<Told>
    const due = told.some(({ event }) => event === "Starting" || event === "Waiting") ? dueFor(told) : undefined
    return due === undefined ? [] : [[name, due] as const]
  }))

/** With which code the process of a governor leaves by itself. */
export const exitCode = 7

const exit = ({ end: { how } }: Plan, { exit, rows }: Ledger): ReadonlyArray<Violation> => {
  const due = dueExit(how, rows)
  return exit === due ? [] : [{ _tag: "WrongExit", exit, due }]
}

/** A shutdown by a signal ends the process with the code that its report has. */
const dueExit = (how: Plan["end"]["how"], rows: ReadonlyArray<Row>): Exit => {
  switch (how) {
    case "shutdown":
      return 0
    case "exit":
      return exitCode
    case "SIGTERM":
      return rows.find((row) => row._tag === "Reported")?.ok === false ? 1 : 0
    case "SIGKILL":
    case "SIGABRT":
      return how
  }
}
