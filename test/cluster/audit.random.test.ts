/** Histories of one service that nothing is wrong with, drawn at random; and the same with one violation planted. */
import fc from "fast-check"
import { assert, describe, it } from "vitest"
import { type Options, type Row, type Violation, violationsIn } from "./audit.ts"

/** A run, and how long nobody ran the service before it. */
interface Tenure {
  readonly service: string
  readonly node: string
  readonly pid: number
  readonly epoch: number
  readonly gap: number
  readonly millis: number
  readonly isKilled: boolean
  readonly work: ReadonlyArray<{ readonly part: number; readonly what: Row["what"] }>
}

/** Where a tenure lies in time. */
interface Placed extends Tenure {
  readonly begun: number
  readonly over: number
}

interface History {
  readonly rows: ReadonlyArray<Row>
  readonly options: Options
}

const atMostAway = 50

/** `pid`: where the pids of the service begin. `epoch`: what the epoch grows by. */
const tenure = (service: string, pid: number): fc.Arbitrary<Tenure> =>
  fc.record({
    service: fc.constant(service),
    node: fc.constantFrom("a", "b", "c"),
    pid: fc.constant(pid),
    epoch: fc.integer({ min: 1, max: 3 }),
    gap: fc.integer({ min: 1, max: atMostAway }),
    millis: fc.integer({ min: 4, max: 100 }),
    isKilled: fc.boolean(),
    work: fc.array(
      fc.record({
        part: fc.double({ min: 0, max: 1, noNaN: true }),
        what: fc.constantFrom<Array<Row["what"]>>("write", "guarded", "refused")
      }, { noNullPrototype: true }),
      { maxLength: 5 }
    )
  }, { noNullPrototype: true })

/** At least three, because what is planted concerns a run and the next, and what follows must not hide it. */
const tenuresOf = (service: string, pid: number): fc.Arbitrary<ReadonlyArray<Tenure>> =>
  fc.array(tenure(service, pid), { minLength: 3, maxLength: 8 })

const service = "s"
const tenures = tenuresOf(service, 1000)

/** Epochs grow, and a process that was killed has a successor with another pid. */
const placed = (drawn: ReadonlyArray<Tenure>): ReadonlyArray<Placed> => {
  let [at, epoch] = [0, 0]
  const pids = new Map<string, number>()
  return drawn.map((tenure, i) => {
    const begun = at + tenure.gap
    at = begun + tenure.millis
    epoch += tenure.epoch
    const pid = pids.get(tenure.node) ?? tenure.pid + i
    pids.set(tenure.node, tenure.isKilled ? tenure.pid + 100 + i : pid)
    return { ...tenure, pid, epoch, begun, over: at }
  })
}

const rowsOf = ({ begun, epoch, isKilled, node, over, pid, service, work }: Placed): ReadonlyArray<Row> => {
  const its = { service, node, pid, epoch }
  const middle = work.map(({ part, what }) => ({ ...its, at: begun + part * (over - begun), what }))
  const end: ReadonlyArray<Row> = isKilled ? [] : [{ ...its, at: over, what: "end" }]
  return [{ ...its, at: begun, what: "begin" }, ...middle.toSorted((a, b) => a.at - b.at), ...end]
}

/** `more`: rows that are planted. */
const historyOf = (all: ReadonlyArray<Placed>, more: ReadonlyArray<Row> = []): History => ({
  rows: [...all.flatMap(rowsOf), ...more],
  options: {
    died: new Map(all.filter(({ isKilled }) => isKilled).map(({ over, pid }) => [pid, over])),
    until: all.at(-1)!.over,
    atMostAway
  }
})

const changed = (drawn: ReadonlyArray<Tenure>, i: number, change: Partial<Tenure>): ReadonlyArray<Tenure> =>
  drawn.with(i, { ...drawn[i]!, ...change })

/** Plants one violation at the run `i`, of which `i + 1` is the next, and says which one. */
type Plant = (drawn: ReadonlyArray<Tenure>, i: number) => readonly [History, Violation]

const plants: Record<Violation["_tag"], Plant> = {
  Overlap: (drawn, i) => {
    const elsewhere = drawn[i]!.node === "a" ? "b" : "a"
    const all = placed(changed(changed(drawn, i, { isKilled: false }), i + 1, { node: elsewhere }))
    const [one, other] = [all[i]!, all[i + 1]!]
    const millis = other.millis / 2
    const late = all.with(i, { ...one, over: other.begun + millis, work: [] })
    const [stale, owner] = [one, other].map(({ epoch, node, pid }) => ({ node, pid, epoch }))
    return [historyOf(late), { _tag: "Overlap", service, stale: stale!, owner: owner!, from: other.begun, millis }]
  },
  StaleGuardedWrite: (drawn, i) => {
    const all = placed(changed(drawn, i, { isKilled: false }))
    const { epoch, node, pid } = all[i]!
    const { begun, epoch: newest } = all[i + 1]!
    const its = { service, node, pid, epoch, at: begun + 1 }
    return [historyOf(all, [{ ...its, what: "guarded" }]), { _tag: "StaleGuardedWrite", ...its, newest }]
  },
  EpochNotGrown: (drawn, i) => {
    const all = placed(drawn)
    const before = all[i]!.epoch
    const { begun: at, node, pid } = all[i + 1]!
    const epoch = drawn[i + 1]!.isKilled ? before : before - 1
    const work = all[i + 1]!.work.filter(({ what }) => what !== "guarded")
    const same = all.with(i + 1, { ...all[i + 1]!, epoch, work })
    return [historyOf(same), { _tag: "EpochNotGrown", service, node, pid, epoch, at, before }]
  },
  TwoRuns: (drawn, i) => {
    const all = placed(changed(changed(drawn, i, { isKilled: false }), i + 1, { node: drawn[i]!.node }))
    const [one, { begun: at, epoch, node, pid }] = [all[i]!, all[i + 1]!]
    const history = historyOf(all)
    const isEnd = (row: Row) => row.what === "end" && row.epoch === one.epoch
    return [
      { ...history, rows: history.rows.filter((row) => !isEnd(row)) },
      { _tag: "TwoRuns", service, node, pid, epochs: [one.epoch, epoch], at }
    ]
  },
  OutsideRun: (drawn, i) => {
    const all = placed(changed(drawn, i, { isKilled: false }))
    const { epoch, node, over, pid } = all[i]!
    const row: Row = { service, node, pid, epoch, at: over + 0.5, what: "write" }
    return [historyOf(all, [row]), { _tag: "OutsideRun", ...row }]
  },
  Nowhere: (drawn, i) => {
    const all = placed(drawn)
    const { options, rows } = historyOf(all)
    const since = all.at(-1)!.over
    const millis = atMostAway + 1 + i
    return [{ rows, options: { ...options, until: since + millis } }, { _tag: "Nowhere", service, since, millis }]
  }
}

const settings = { seed: 1, numRuns: 1000 } // the same ones each time

describe("the checker of the audit", () => {
  it("finds nothing in a history that nothing is wrong with", () => {
    fc.assert(
      fc.property(tenures, (drawn) => {
        const { options, rows } = historyOf(placed(drawn))
        assert.deepStrictEqual(violationsIn(rows, options), [])
      }),
      settings
    )
  })

  it.each(Object.entries(plants))("finds the one that is planted, and no other: %s", (_, plant) => {
    fc.assert(
      fc.property(tenures, fc.nat(), (drawn, n) => {
        const [{ options, rows }, violation] = plant(drawn, n % (drawn.length - 1))
        assert.deepStrictEqual(violationsIn(rows, options), [violation])
      }),
      settings
    )
  })

  it("says the same of several services as of each alone", () => {
    fc.assert(
      fc.property(tenures, tenuresOf("t", 5000), fc.nat(), (one, two, n) => {
        const [{ options, rows }, violation] = plants.Overlap(one, n % (one.length - 1))
        const other = historyOf(placed(two))
        const died = new Map([...options.died!, ...other.options.died!])
        assert.deepStrictEqual(violationsIn([...other.rows, ...rows], { died }), [violation])
      }),
      settings
    )
  })
})
