/** Does the same to the model and to a governor, and compares them after each step. */
import * as Effect from "effect/Effect"
import { type Command, ending, type Sequence, show } from "./commands.ts"
import { broken, type Graph, notEnded } from "./invariants.ts"
import { apply, isPossible } from "./model.ts"
import { observedCall, observedEvent, observedStatus } from "./observed.ts"
import { Real } from "./real.ts"
import { budget } from "./turn.ts"
import { makeWorld, statuses, type World } from "./world.ts"

/** Runs the commands; throws what was done, line by line, and where the two differ. Gives the tags of all events. */
export const compare = async (
  { busy = false, commands, ...options }: Sequence
): Promise<ReadonlyArray<string>> => {
  budget.isUsedUp = busy
  const world = makeWorld(options)
  const real = await Real.make(options)
  const comparison = new Comparison(world, real)
  const done: Array<string> = [`a governor ${JSON.stringify(options)}${busy ? ", busy" : ""}`]
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
  /** The real events by service. */
  readonly #observed = new Map<string, Array<string>>()
  /** How many of them were looked at. */
  #seen = 0

  constructor(world: World, real: Real) {
    this.#world = world
    this.#real = real
  }

  problems(): ReadonlyArray<string> {
    const { deadline, graph } = this
    const seen = this.#seen
    this.#observe()
    const { callers, told } = this.#world
    const real = Effect.runSync(this.#real.governor.status).map(observedStatus)
    return [
      ...[...new Set([...told.keys(), ...this.#observed.keys()])].flatMap((of) =>
        difference(of || "the governor", this.#either(told.get(of) ?? []), this.#either(this.#observed.get(of) ?? []))
      ),
      ...difference("statuses", this.#either(statuses(this.#world)), this.#either(real)),
      ...difference("callers", callers.map(({ result }) => result), this.#real.calls.map(observedCall), (i) => {
        const call = this.#real.calls[i]
        return `${call && show(call.command)}: `
      }),
      ...broken({ real: this.#real, seen, statuses: real, graph, deadline })
    ]
  }

  /** Whose turn comes for two reasons at one instant, with its group or for a layer that closes: either may ask first. */
  #either(lines: ReadonlyArray<string>): ReadonlyArray<string> {
    const isClosing = this.#real.closed.size > 0
    if (!isClosing && this.#world.phase === "open") return lines
    const reason = isClosing ? /reason: \w+/ : /reason: (strategy|shutdown)/
    return lines.map((line) => line.replace(reason, "reason: any of them"))
  }

  get graph(): Graph {
    return new Map(Array.from(this.#world.handles, ([name, { options }]) => [name, options]))
  }

  get deadline(): number | undefined {
    const { shutdown, shutdownTimeout = Infinity } = this.#world
    return shutdown && shutdown.at + shutdownTimeout
  }

  /** Takes in the latest events, of one service in their order. */
  #observe(): void {
    for (const event of this.#real.events.slice(this.#seen)) {
      const [of, line] = observedEvent(event)
      const lines = this.#observed.get(of)
      if (lines === undefined) this.#observed.set(of, [line])
      else lines.push(line)
    }
    this.#seen = this.#real.events.length
  }
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
