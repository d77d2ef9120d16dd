/**
 * The one place where runs begin. Tasks are taken from a queue, so that a chain of services which start one another does
 * not recurse, and restarts share a budget of real time per turn of the event loop, over all governors of the process:
 * yielding to the loop for each restart would cost more than the restart. This budget is the reason for the module's
 * global state.
 */
import * as MutableList from "effect/MutableList"
import * as Scheduler from "effect/Scheduler"

/** How long restarts may hold the event loop in one turn, in milliseconds. */
const budget = 1

const tasks = MutableList.make<() => void>()
let draining = false
/** When this turn's budget ends, in `performance.now()` time; 0: none of it was used in this turn. */
let turnEnds = 0
let dispatcher: Scheduler.SchedulerDispatcher | undefined

/** Begins a run asked for from outside: at once, unless we are inside of another's beginning. */
export const begin = (task: () => void): void => {
  if (draining) return MutableList.append(tasks, task)
  draining = true
  try {
    task()
  } finally {
    draining = false
  }
  if (tasks.length > 0) drain()
}

/** Begins a run that follows another: at once, or in the next turn if this turn's budget is used up. */
export const beginWithinBudget = (task: () => void): void => {
  MutableList.append(tasks, task)
  if (!draining) drain()
}

const drain = (): void => {
  if (turnEnds === 0) openTurn()
  draining = true
  try {
    while (tasks.length > 0 && performance.now() < turnEnds) (MutableList.take(tasks) as () => void)()
  } finally {
    draining = false
  }
}

const openTurn = (): void => {
  turnEnds = performance.now() + budget
  dispatcher ??= new Scheduler.MixedScheduler().makeDispatcher()
  dispatcher.scheduleTask(nextTurn, 0)
}

const nextTurn = (): void => {
  turnEnds = 0
  if (tasks.length > 0) drain()
}
