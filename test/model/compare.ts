/** Does the same to the model and to a governor, and compares them after each step. */
import { type Command, ending, type Sequence, show } from "./commands.ts"
import { broken, type Graph, notEnded } from "./invariants.ts"
import { apply, isPossible } from "./model.ts"
import { observedCall, observedEvent, observedStatus } from "./observed.ts"
import { statuses } from "./reading.ts"
import { Real } from "./real.ts"
import { budget } from "./turn.ts"
import { makeWorld, type World } from "./world.ts"

/** Runs the commands; throws what was done, line by line, and where the two differ. Gives the tags of all events. */
export const compare = async (
  { busy = false, commands, inside = false, ...options }: Sequence
): Promise<ReadonlyArray<string>> => {
  budget.isUsedUp = busy
  const world = makeWorld(options, true)
  const real = await Real.make(options, inside)
  const comparison = new Comparison(world, real)
  const done: Array<string> = [
    `a governor ${JSON.stringify(options)}${busy ? ", busy" : ""}${inside ? ", inside" : ""}`
  ]
  try {
    for (const command of [...commands, ...ending]) {
      if (!isPossible(world, command)) continue
      done.push(show(command))
      await step(world, real, command)
      const problems = comparison.problems()
      if (problems.length > 0) throw new Error([...done, "", ...problems].join("\n"))
    }
    const problems = notEnded(real)
    if (problems.length > 0) throw new Error([...done, "", ...problems].join("\n"))
    return real.events.map(({ _tag }) => _tag)
  } finally {
    await real.dispose()
  }
}

/** Leaves out whatever is not needed for them to disagree; gives what is left, and what was thrown. */
export const smallest = async (sequence: Sequence): Promise<readonly [Sequence, unknown]> => {
  for (let i = sequence.commands.length - 1; i >= 0; i--) {
    const without = { ...sequence, commands: sequence.commands.toSpliced(i, 1) }
    if (await thrownBy(without) !== undefined) return smallest(without)
  }
  return [sequence, await thrownBy(sequence)]
}

const thrownBy = (sequence: Sequence): Promise<unknown> => compare(sequence).then(() => undefined, (error) => error)

const step = async (world: World, real: Real, command: Command): Promise<void> => {
  apply(world, command)
  await real.apply(command)
}

class Comparison {
  readonly #world: World
  readonly #real: Real
  /** The events of the model and those of the governor, of each service and of the governor itself. */
  readonly #expected = new Map<string, Array<string>>()
  readonly #observed = new Map<string, Array<string>>()
  /** In which order restarts began, in the model and in the governor. */
  readonly #begun: readonly [Array<string>, Array<string>] = [[], []]
  /** How many events were looked at. */
  #told = 0
  #seen = 0

  constructor(world: World, real: Real) {
    this.#world = world
    this.#real = real
  }

  problems(): ReadonlyArray<string> {
    const { deadline, graph } = this
    const seen = this.#seen
    this.#takeIn()
    const { calls } = this.#real
    const real = this.#real.statuses
    const lines = real.map(observedStatus)
    return [
      ...[...new Set([...this.#expected.keys(), ...this.#observed.keys()])].flatMap((of) => {
        const [model, governor] = [this.#expected, this.#observed].map((all) => this.#either(all.get(of) ?? []))
        return difference(of || "the governor", model!, governor!)
      }),
      ...(this.isOrderPromised ? difference("in this order", ...this.#begun) : []),
      ...difference("statuses", this.#either(statuses(this.#world)), this.#either(lines)),
      ...difference("callers", ...this.#answers(), (i) => `${calls[i] && show(calls[i].command)}: `),
      ...broken({ real: this.#real, seen, statuses: real, graph, deadline })
    ]
  }

  /** What came of each command: in the model, and in the governor. */
  #answers(): readonly [ReadonlyArray<string>, ReadonlyArray<string>] {
    const { calls } = this.#real
    return [this.#world.callers.map(({ result }) => result), calls.map(observedCall)]
  }

  /** Whose turn comes for two reasons at one instant, as with its group and for a layer that closes: either may ask first. */
  #either(lines: ReadonlyArray<string>): ReadonlyArray<string> {
    const isClosing = this.#real.closed.size > 0
    if (!isClosing && this.#world.phase === "open") return lines
    const reason = isClosing ? /reason: \w+/ : /reason: (strategy|shutdown|dependency)/
    return lines.map((line) => line.replace(reason, "reason: any of them"))
  }

  /** The members of a group begin in order. In which order others begin that may begin at once is open. */
  get isOrderPromised(): boolean {
    const { strategy } = this.#world
    return (strategy === "one-for-all" || strategy === "rest-for-one") && this.#real.closed.size === 0 &&
      ![...this.#world.handles.values()].some(({ lease }) => lease !== undefined)
  }

  get graph(): Graph {
    return new Map(Array.from(this.#world.handles, ([name, { options }]) => [name, options]))
  }

  get deadline(): number | undefined {
    const { shutdown, shutdownTimeout = Infinity } = this.#world
    return shutdown && shutdown.at + shutdownTimeout
  }

  /** Takes in the latest events, of one service in their order. */
  #takeIn(): void {
    const [expected, observed] = this.#begun
    for (const { line, of } of this.#world.told.slice(this.#told)) {
      put(this.#expected, of, line)
      if (isRestart(line)) expected.push(`${of} ${line}`)
    }
    for (const event of this.#real.events.slice(this.#seen)) {
      const [of, line] = observedEvent(event)
      put(this.#observed, of, line)
      if (isRestart(line)) observed.push(`${of} ${line}`)
    }
    this.#told = this.#world.told.length
    this.#seen = this.#real.events.length
  }
}

const isRestart = (line: string): boolean => line.startsWith("ServiceStarting") && !line.endsWith("restarts: 0")

const put = (all: Map<string, Array<string>>, of: string, line: string): void => {
  const lines = all.get(of)
  if (lines === undefined) all.set(of, [line])
  else lines.push(line)
}

/** From the first line in which they differ. */
const difference = (
  of: string,
  model: ReadonlyArray<string>,
  governor: ReadonlyArray<string>,
  about: (i: number) => string = () => ""
): ReadonlyArray<string> => {
  let from = 0
  while (from < model.length && model[from] === governor[from]) from++
  if (from === model.length && from === governor.length) return []
  return [
    `${of}:`,
    ...model.slice(from).map((line, i) => `  the model:    ${about(from + i)}${line}`),
    ...governor.slice(from).map((line, i) => `  the governor: ${about(from + i)}${line}`)
  ]
}
