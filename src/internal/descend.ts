/**
 * Ends many services in the order of the graph: each once all that depend on it are down.
 */
import type { Dependencies } from "./Dependencies.ts"
import { inTurn } from "./inTurn.ts"
import type { Machine } from "./Machine.ts"
import { hasRun } from "./phase.ts"

interface Descent {
  readonly end: (machine: Machine) => void
  /** Default: it has no run. */
  readonly isDown?: (machine: Machine) => boolean
  /** Called when all are down. */
  readonly done?: () => void
}

const hasNoRun = ({ phase }: Machine) => !hasRun(phase)

export const descend = (
  machines: ReadonlyArray<Machine>,
  graph: Dependencies,
  { end, isDown = hasNoRun, done }: Descent
): void => {
  const { above, below } = edges(machines, graph, isDown)
  const soon = inTurn() // a chain of ten thousand must not recurse
  let left = above.size

  const turn = (machine: Machine) =>
    soon(() => {
      end(machine)
      machine.when(isDown, () => soon(() => down(machine)))
    })
  const down = (machine: Machine) => {
    for (const dependency of below.get(machine)!) {
      const others = above.get(dependency)! - 1
      above.set(dependency, others)
      if (others === 0) turn(dependency)
    }
    if (--left === 0) done?.()
  }

  const highest = Array.from(above.keys()).filter((machine) => above.get(machine) === 0)
  machines.filter((machine) => !above.has(machine)).forEach(end)
  soon(() => highest.forEach(turn)) // all of one level before the next
  if (highest.length === 0) done?.()
}

/**
 * Of those that are not down, and of all below them, what each one depends on, and how many depend on it. Taken now, for
 * some may be removed meanwhile; without what would close a circle, so that the turn of each comes.
 */
const edges = (machines: ReadonlyArray<Machine>, graph: Dependencies, isDown: (machine: Machine) => boolean) => {
  const byName = new Map(machines.map((machine) => [machine.name, machine]))
  const below = new Map<Machine, ReadonlyArray<Machine>>()
  const above = new Map<Machine, number>()
  const up = machines.filter((machine) => !isDown(machine)).map(({ name }) => name)
  for (const name of graph.inOrder(up, byName)) {
    const known = Array.from(graph.of(name)).flatMap((dependency) => byName.get(dependency) ?? [])
    const dependencies = known.filter((dependency) => above.has(dependency))
    dependencies.forEach((dependency) => above.set(dependency, above.get(dependency)! + 1))
    const machine = byName.get(name)!
    below.set(machine, dependencies)
    above.set(machine, 0)
  }
  return { above, below }
}
