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
  const byName = new Map(machines.map((machine) => [machine.name, machine]))
  /** How many of them are not down yet that depend on one. */
  const above = new Map<Machine, number>()
  const soon = inTurn() // a chain of ten thousand must not recurse
  let left = machines.length

  const turn = (machine: Machine) =>
    soon(() => {
      end(machine)
      machine.when(isDown, () => soon(() => down(machine)))
    })
  const down = (machine: Machine) => {
    for (const name of graph.of(machine.name)) {
      const dependency = byName.get(name)
      if (dependency === undefined) continue
      const others = above.get(dependency)! - 1
      above.set(dependency, others)
      if (others === 0) turn(dependency)
    }
    if (--left === 0) done?.()
  }

  for (const machine of machines) {
    let dependents = 0
    for (const name of graph.dependentsOf(machine.name)) if (byName.has(name)) dependents++
    above.set(machine, dependents)
  }
  const highest = machines.filter((machine) => above.get(machine) === 0)
  highest.forEach(turn)
  if (machines.length === 0) done?.()
}
