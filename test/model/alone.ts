/** What the model alone makes of commands, for tables of the rules that are easily got wrong. */
import { assert, it } from "vitest"
import type { Command, Deed, GovernorOptions, Options, Policy } from "./commands.ts"
import { apply } from "./model.ts"
import { statuses } from "./reading.ts"
import { makeWorld } from "./world.ts"

interface Case {
  readonly governor?: GovernorOptions
  /** They are added in this order, and started unless `done` begins with a start. */
  readonly services: Readonly<Record<string, Options>>
  /** As in a printed sequence: `crash a`, `advance 300`. */
  readonly done: ReadonlyArray<string>
  /** All events since the start: whose it is, what it says, and when. */
  readonly told: ReadonlyArray<string>
  /** What they are in the end. */
  readonly statuses?: ReadonlyArray<string>
  /** What came of the commands that have a caller. */
  readonly answers?: ReadonlyArray<string>
}

const outcomeOf = ({ done, governor = {}, services }: Case) => {
  const world = makeWorld(governor)
  for (const [service, options] of Object.entries(services)) apply(world, { _tag: "add", service, options })
  if (!done[0]!.startsWith("start")) apply(world, { _tag: "startAll" })
  const before = { told: world.told.length, callers: world.callers.length }
  for (const line of done) apply(world, parsed(line))
  return {
    told: world.told.slice(before.told).map(({ line, of }) => `${of} ${line}`.trim()),
    statuses: statuses(world).map((line) => line.replace(past, "")),
    answers: world.callers.slice(before.callers).map(({ result }) => result)
  }
}

/** What a status says of the runs before, which these tables leave out. */
const past = /(, (by hand|crashes|failed|started|ready): [^,]+)+/

const parsed = (line: string): Command => {
  const [_tag, about] = line.split(" ")
  if (about === undefined) return { _tag: line } as Command
  return _tag === "advance" ? { _tag, millis: Number(about) } : { _tag: _tag as Deed, service: about }
}

/** A test of the model: what follows from the commands of this case is what it says. */
export const follows = (name: string, one: Case): void =>
  it(name, () => {
    const outcome = outcomeOf(one)
    assert.deepStrictEqual(outcome.told, one.told)
    if (one.statuses !== undefined) assert.deepStrictEqual(outcome.statuses, one.statuses)
    if (one.answers !== undefined) assert.deepStrictEqual(outcome.answers, one.answers)
  })

export const atOnce: Policy = { _tag: "Always", delay: 0 }
export const after300: Policy = { _tag: "Always", delay: 300 }
