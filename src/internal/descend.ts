/**
 * Ends many services in the order of the graph: each once all that depend on it are down.
 */
import type { Dependencies } from "./Dependencies.ts"
import { inTurn } from "./inTurn.ts"
import type { Machine } from "./Machine.ts"
import { hasRun } from "./phase.ts"

const isDown = ({ phase }: Machine) => !hasRun(phase)

/** `end` is to end one; `then` is called when all are down, those too that were not up. */
export const descend = (
  machines: ReadonlyArray<Machine>,
  graph: Dependencies,
  end: (machine: Machine) => void,
  then?: () => void
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
    if (--left === 0) then?.()
  }

  for (const machine of machines) {
    let dependents = 0
    for (const name of graph.dependentsOf(machine.name)) if (byName.has(name)) dependents++
    above.set(machine, dependents)
  }
  const highest = machines.filter((machine) => above.get(machine) === 0)
  highest.forEach(turn)
  if (machines.length === 0) then?.()
}
