/** What is measured of each that keeps processes up: how quickly a process that was killed is there again, and how quickly many are. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { median } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { type Begun, type Crew, makeCrew } from "./Crew.ts"
import type { Running, Supervisor } from "./supervisors/Supervisor.ts"
import { now } from "./system.ts"

/** For one that has just begun, and for one that has been up for long, in milliseconds. */
const [young, old] = [20, 1200]

/** How many each keeps up to kill them: in turns, so that each has been up for long. */
const kept = 4

/** Plays it with crews of these sizes, and leaves nothing. */
const withCrews = async <A>(counts: ReadonlyArray<number>, play: (crews: ReadonlyArray<Crew>) => Promise<A>) => {
  const folders = counts.map(() => mkdtempSync(join(tmpdir(), "bench-process-")))
  const crews = folders.map((folder, i) => makeCrew(folder, counts[i]!))
  try {
    return await play(crews)
  } finally {
    for (const crew of crews) await crew.close()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

const begunAll = async ({ count, next }: Crew): Promise<Array<Begun>> => {
  const all: Array<Begun> = []
  while (all.length < count) all.push(await next())
  return all
}

/** A supervisor at work, and what it keeps up. */
interface Kept {
  readonly crew: Crew
  readonly running: Running
  readonly all: Array<Begun>
}

/** Kills one when it has been up for so long. How long the next takes to be there. */
const killOne = async ({ all, crew }: Kept, one: Begun, age: number): Promise<number> => {
  await delay(Math.max(0, one.at + age - now()))
  const moment = now()
  process.kill(one.pid, "SIGKILL")
  const other = await crew.next()
  all.push(other)
  return other.at - moment
}

/** Kills the one that has been up for longest. */
const killOld = (kept: Kept): Promise<number> => killOne(kept, kept.all.shift()!, old)

/** Kills the one that has begun instead of one that was killed. */
const killYoung = async (kept: Kept): Promise<number> => {
  await killOld(kept)
  return killOne(kept, kept.all.pop()!, young)
}

/** All are there at the same time, and take turns, so that each finds the machine as the others do. */
const inTurns = async (
  all: ReadonlyArray<Kept>,
  kill: (kept: Kept) => Promise<number>,
  times: number
): Promise<ReadonlyArray<number>> => {
  const took = all.map((): Array<number> => [])
  for (let turn = 0; turn < times; turn++) {
    for (const [i, kept] of all.entries()) took[i]!.push(await kill(kept))
  }
  return took.map(median)
}

const keep = async ({ begin }: Supervisor, crew: Crew): Promise<Kept> => {
  const running = await begin(crew, true)
  return { crew, running, all: await begunAll(crew) }
}

/** From the kill of a process to the start of the next, of each supervisor. */
export const measureCrashes = (
  supervisors: ReadonlyArray<Supervisor>,
  times: number
): Promise<ReadonlyArray<Figures>> =>
  withCrews(supervisors.map(() => kept), async (crews) => {
    const all: Array<Kept> = []
    try {
      for (const [i, supervisor] of supervisors.entries()) all.push(await keep(supervisor, crews[i]!))
      const [late, early] = [await inTurns(all, killOld, times), await inTurns(all, killYoung, Math.ceil(times / 2))]
      return all.map((_, i) => ({ "up for over a second, ms": late[i]!, "just begun, ms": early[i]! }))
    } finally {
      for (const { running } of all) await running.end()
    }
  })

/** How many processes start together. */
const many = 20

const lastOf = async (crew: Crew): Promise<number> => Math.max(...(await begunAll(crew)).map(({ at }) => at))

const measureStart = (begin: (crew: Crew) => Promise<readonly [moment: number, running: Running]>) =>
  withCrews([many], async ([crew]) => {
    const [moment, running] = await begin(crew!)
    try {
      return await lastOf(crew!) - moment
    } finally {
      await running.end()
    }
  })

/** To the start of the last of many: from the start of the supervisor's own process, and from the command to one that is there. */
export const measureStarts = async ({ begin, hasCommand }: Supervisor): Promise<Figures> => {
  const all = await measureStart(async (crew) => {
    const moment = now()
    return [moment, await begin(crew, true)]
  })
  if (!hasCommand) return { "from nothing, ms": all }
  const told = await measureStart(async (crew) => {
    const running = await begin(crew, false)
    return [await running.start(), running]
  })
  return { "from nothing, ms": all, "from the command, ms": told }
}
