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

/** How often is measured at the most, and for how long at the most, in milliseconds. */
const [times, span] = [8, 3000]

/** Plays it with a crew of its own, and leaves nothing. */
const withCrew = async <A>(count: number, play: (crew: Crew) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "bench-process-"))
  const crew = makeCrew(folder, count)
  try {
    return await play(crew)
  } finally {
    await crew.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const begunAll = async ({ count, next }: Crew): Promise<Array<Begun>> => {
  const all: Array<Begun> = []
  while (all.length < count) all.push(await next())
  return all
}

/** Kills one after another, each when it has been up for so long. How long each took to be there again. */
const killEach = async (crew: Crew, all: Array<Begun>, age: number): Promise<ReadonlyArray<number>> => {
  const took: Array<number> = []
  for (const late = now() + age + span; took.length < times && now() < late;) {
    const one = age === young ? all.pop()! : all.shift()!
    await delay(Math.max(0, one.at + age - now()))
    const moment = now()
    process.kill(one.pid, "SIGKILL")
    const other = await crew.next()
    took.push(other.at - moment)
    all.push(other)
  }
  return took
}

/** From the kill of a process to the start of the next. */
export const measureCrash = ({ begin }: Supervisor): Promise<Figures> =>
  withCrew(times, async (crew) => {
    const running = await begin(crew, true)
    try {
      const all = await begunAll(crew)
      return {
        "up for over a second, ms": median(await killEach(crew, all, old)),
        "just begun, ms": median(await killEach(crew, all, young))
      }
    } finally {
      await running.end()
    }
  })

/** How many processes start together. */
const many = 20

const lastOf = async (crew: Crew): Promise<number> => Math.max(...(await begunAll(crew)).map(({ at }) => at))

const measureStart = (begin: (crew: Crew) => Promise<readonly [moment: number, running: Running]>) =>
  withCrew(many, async (crew) => {
    const [moment, running] = await begin(crew)
    try {
      return await lastOf(crew) - moment
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
