/** One governor from its beginning to its end, and all that is done to it meanwhile. */
import { setTimeout } from "node:timers/promises"
import type { LogEntry } from "../../src/promise/index.ts"
import { governorOptionsFrom, optionsFrom } from "./conduct.ts"
import { core } from "./core.ts"
import { type Counts, noCounts } from "./counts.ts"
import { facade } from "./facade.ts"
import type { Random } from "./random.ts"
import { Scene } from "./Scene.ts"
import { deeds, type Subject } from "./Subject.ts"

/** What all episodes share. */
export class World {
  readonly counts = noCounts()
  readonly problems: Array<string> = []
  readonly outside = new AbortController()
  governors = 0
  commands = 0
  logged = 0

  readonly complain = (problem: string): void => void this.problems.push(problem)
  /** Nothing more can be learned from a governor that hangs. */
  giveUp: (problem: string) => void = this.complain
  readonly log = (): void => void this.logged++
  /** Of each service, when something is to be left behind on purpose. */
  keep: (service: string) => void = () => {}

  add(counts: Counts): void {
    for (const key of Object.keys(counts) as Array<keyof Counts>) this.counts[key] += counts[key]
  }
}

export interface Plan {
  readonly door: "facade" | "core"
  /** How many services it has at first, and about that many all the time. */
  readonly size: number
  readonly millis: number
}

/** How long all that was given up may take to settle once it is let go, in milliseconds. */
const patience = 30_000

export const episode = async (world: World, random: Random, plan: Plan): Promise<void> => {
  const about = `${plan.door} governor ${++world.governors}`
  const complain = (problem: string) => world.complain(`${about}: ${problem}`)
  const options = governorOptionsFrom(random)
  const mayIgnore = options.stopTimeout !== undefined || options.shutdownTimeout !== undefined
  const scenes = [new Scene(random.split(), mayIgnore, complain)]
  const [scene] = scenes as [Scene]
  scene.ledger.hasGroups = options.strategy !== "one-for-one"
  let written = 0
  const log = (entry?: LogEntry) => {
    world.log()
    if (entry?.message.startsWith("written: ") === true) written++
  }
  const surroundings = { complain, log, signal: world.outside.signal }
  const subject = plan.door === "facade"
    ? facade(scene, options, surroundings, !mayIgnore)
    : core(scene, options, surroundings)
  const unlisten = subject.listen(scene.ledger.hear)
  const life = new Life(world, subject, scene, plan.size, (names) => {
    const inner = new Scene(random.split(), mayIgnore, (problem) => complain(`in ${names.join(" and ")}: ${problem}`))
    scenes.push(inner)
    return inner
  })

  life.populate()
  subject.start()
  await life.live(plan.millis)
  const overdue = globalThis.setTimeout(() => {
    const up = subject.statuses().filter(({ _tag }) => !["Failed", "Pending", "Stopped"].includes(_tag))
    world.giveUp(`${about} does not shut down, with ${JSON.stringify(options)}: ${JSON.stringify(up)}`)
  }, patience)
  const report = await subject.shutdown()
  clearTimeout(overdue)
  scene.ledger.compare(subject.statuses())
  scene.ledger.close(report)

  scenes.forEach((scene) => scene.release())
  const isQuiet = () => life.pending === 0 && scenes.every((scene) => scene.isQuiet)
  for (let waited = 0; !isQuiet() && waited < patience; waited += 20) await setTimeout(20)
  if (!isQuiet()) {
    complain(`${life.pending} callers and ${scenes.filter((s) => !s.isQuiet).length} scenes wait for ever`)
  }
  for (const scene of scenes) {
    scene.compare()
    if (!scene.ledger.isComplete()) complain("a governor inside was never shut down")
    world.add(scene.ledger.counts)
  }
  // The core gives the log nothing below the level that Effect gives it.
  const due = scenes.reduce((sum, scene) => sum + scene.written, 0)
  if (plan.door === "facade" && written !== due) complain(`${due} lines were written, and ${written} were logged`)
  world.commands += life.commands
  unlisten()
}

/** Told by its name, for names come again. */
const isNested = (name: string): boolean => name.endsWith("33")

/** What a command may fail with, given at random. */
const expected = new Set([
  "RunAbandoned",
  "GovernorClosed",
  "UnknownService",
  "ServiceInUse",
  "InvalidOption",
  "DuplicateService"
])

/** And if its caller had not the time. */
const timedOut = new Set(["CommandTimedOut", "TimeoutError"])

const tagOf = (error: unknown): string => (error as { readonly _tag?: string } | undefined)?._tag ?? String(error)

class Life {
  readonly #world: World
  readonly #subject: Subject
  readonly #scene: Scene
  readonly #random: Random
  readonly #size: number
  readonly #make: (names: ReadonlyArray<string>) => Scene
  #names: Array<string> = []
  /** Removed: their names may come again. */
  readonly #free: Array<string> = []
  #added = 0
  /** How many callers wait for a command. */
  pending = 0
  commands = 0

  constructor(
    world: World,
    subject: Subject,
    scene: Scene,
    size: number,
    make: (names: ReadonlyArray<string>) => Scene
  ) {
    this.#world = world
    this.#subject = subject
    this.#scene = scene
    this.#random = scene.random
    this.#size = size
    this.#make = make
  }

  populate(): void {
    for (let i = 0; i < this.#size; i++) this.#add()
  }

  async live(millis: number): Promise<void> {
    const { between } = this.#random
    const end = performance.now() + millis
    while (performance.now() < end) {
      await setTimeout(between(1, 20))
      for (let i = Math.ceil(this.#size / 50); i > 0; i--) this.#act()
    }
  }

  #act(): void {
    const { between, chance, pick } = this.#random
    const name = pick(this.#names)
    if (chance(0.05)) return this.#scene.ledger.compare(this.#subject.statuses())
    if (chance(0.01)) return void this.#wait(this.#subject.read(between(0, 200)))
    if (chance(0.01)) return this.#listenForAWhile()
    if (chance(0.03)) return void this.#wait(this.#subject.awaits(name, pick(["ready", "over"])))
    const stage = this.#scene.ledger.stageOf(name)
    if (stage === "absent") return this.#succeed(name) // it was over
    // A service that was given up can neither be removed nor run: another one takes its place.
    if (stage === "lost") return this.#replace(name)
    const deed = pick(deeds)
    if (deed === "remove") return this.#replace(name)
    void this.#command(name, deed)
  }

  #replace(name: string): void {
    void this.#command(name, "remove").then((isDone) => isDone && this.#free.push(name))
    this.#names = this.#names.filter((other) => other !== name)
    this.#add()
  }

  /** Another service takes the name. */
  #succeed(name: string): void {
    this.#names = this.#names.filter((other) => other !== name)
    this.#free.push(name)
    this.#add()
  }

  #command(name: string, deed: typeof deeds[number]): Promise<boolean> {
    const { between, chance } = this.#random
    this.#scene.ledger.commanded(name)
    this.commands++
    const timeout = chance(0.1) ? between(0, 50) : undefined
    return this.#wait(this.#subject.command(name, deed, timeout), timeout !== undefined)
  }

  #add(): void {
    const { between } = this.#random
    const name = this.#free.shift() ?? `service-${++this.#added}`
    this.#world.keep(name)
    const options = optionsFrom(this.#random, this.#names, this.#scene.mayIgnore)
    this.#names.push(name)
    try {
      if (!isNested(name)) return this.#subject.add(name, this.#scene.watched(name, options))
      this.#scene.ledger.offers(name, {}) // it has options of its own
      const names = Array.from({ length: between(1, 3) }, (_, i) => `${name}-${i}`)
      this.#scene.nested.add(name)
      this.#subject.addNested(name, names, () => this.#make(names))
    } catch (error) {
      this.#judge(error)
    }
  }

  #listenForAWhile(): void {
    const { between, chance } = this.#random
    const throws = chance(0.3)
    const unlisten = this.#subject.listen(() => {
      if (throws) throw new Error("a listener failed")
    })
    void this.#wait(setTimeout(between(0, 100)).then(unlisten))
  }

  /** Whether it succeeded. */
  async #wait(command: Promise<unknown>, hasTimeout = false): Promise<boolean> {
    this.pending++
    try {
      await command
      return true
    } catch (error) {
      if (!hasTimeout || !timedOut.has(tagOf(error))) this.#judge(error)
      return false
    } finally {
      this.pending--
    }
  }

  #judge(error: unknown): void {
    if (!expected.has(tagOf(error))) this.#scene.ledger.complain(`unexpected: ${tagOf(error)}`)
  }
}
