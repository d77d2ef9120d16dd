/**
 * Services that do everything wrong there is, for a while, in real time: they crash, hang, ignore their end, throw in `stop`,
 * reject late, restart, are added and removed at random, under governors that come and go. In the end nothing may be left,
 * and each event is accounted for. Exit code 1 if not.
 *
 *   npm run soak -- [--seconds 60] [--services 1000] [--seed 1] [--broken]
 *
 * With `--broken` the soak itself leaves something of each kind behind, to see that it would be found.
 */
import { parseArgs } from "node:util"
import { episode, World } from "./episode.ts"
import { type Random, randomFrom } from "./random.ts"
import { leftBehind, megabytes, remainsNow } from "./remains.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    services: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    broken: { type: "boolean", default: false }
  }
})
const [seconds, services, seed] = [values.seconds, values.services, values.seed].map(Number) as [number, number, number]

/** How many services a governor that comes and goes has on average. */
const few = 30

/** How long a governor lives at the most, in milliseconds: the warm-up shall know them all. */
const [long, short] = [20_000, 3000]

/** A fifth of the services lives under two governors that last; the others under many that come and go. */
const soak = async (world: World, random: Random, millis: number): Promise<void> => {
  const end = performance.now() + millis
  const isOver = () => performance.now() >= end
  const left = () => Math.max(end - performance.now(), 10)
  const doors = ["facade", "core"] as const
  const lasting = doors.map(async (door) => {
    const own = random.split()
    while (!isOver()) {
      await episode(world, own, { door, size: Math.ceil(services / 10), millis: Math.min(long, left()) })
    }
  })
  const passing = Array.from({ length: Math.ceil(services * 0.8 / few) }, async (_, i) => {
    const own = random.split()
    while (!isOver()) {
      const millis = Math.min(own.between(20, short), left())
      await episode(world, own, { door: doors[i % 2]!, size: own.between(1, 2 * few), millis })
    }
  })
  await Promise.all([...lasting, ...passing])
}

const main = async (): Promise<void> => {
  console.log(`seed ${seed}, ${services} services, ${seconds} s, node ${process.version}`)
  const world = new World()
  world.giveUp = (problem) => conclude([...world.problems, problem])
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error: unknown) => world.complain(`${event}: ${shown(error)}`))
  }
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") world.complain(`warning: ${shown(warning)}`) // one of Node's is for what counts objects
  })
  process.once("exit", endedEarly)
  process.exitCode = 0 // reports that are not ok would set it
  const random = randomFrom(seed)
  // Code that was compiled, caches and such count on neither side.
  await soak(world, random.split(), Math.min(Math.max(seconds * 333, 2000), long))
  const before = await remainsNow(world.outside.signal)
  const [governorsBefore, servicesBefore] = [world.governors, world.counts.services]
  if (values.broken) leaveSomething(world)
  const began = performance.now()
  await soak(world, random.split(), seconds * 1000)
  const lasted = performance.now() - began
  if (values.broken) void Promise.reject(new Error("left behind"))
  const after = await remainsNow(world.outside.signal)
  world.problems.push(...leftBehind(before, after))
  const governors = world.governors - governorsBefore
  const added = world.counts.services - servicesBefore
  console.log(`${governors} governors, ${added} services in ${(lasted / 1000).toFixed(1)} s`)
  console.log("with the warm-up", { ...world.counts, commands: world.commands, lines: world.logged })
  console.log(`heap ${megabytes(before.heap)} before, ${megabytes(after.heap)} after`)
  conclude(world.problems)
}

const endedEarly = (): void => console.error(`the process was ended before the soak was, seed ${seed}`)

const conclude = (problems: ReadonlyArray<string>): void => {
  for (const problem of problems.slice(0, 20)) console.error(`- ${problem}`)
  console.log(
    problems.length === 0 ? "nothing was left, and all events add up" : `${problems.length} problems, seed ${seed}`
  )
  process.off("exit", endedEarly)
  process.exit(problems.length === 0 ? 0 : 1)
}

const kept: Array<object> = []

const leaveSomething = (world: World): void => {
  world.keep = (name) => void kept.push({ name })
  setInterval(() => {}, 1e6)
  process.on("SIGUSR2", () => {})
  world.outside.signal.addEventListener("abort", () => {})
}

const shown = (error: unknown): string => {
  try {
    return error instanceof Error ? error.stack ?? error.message : String(error)
  } catch {
    return "something that cannot be printed"
  }
}

await main()
