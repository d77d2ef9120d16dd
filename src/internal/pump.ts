/**
 * The one place where runs begin. Tasks are taken from a queue, so that a chain of services which start one another does
 * not recurse, and restarts share a budget of real time per turn of the event loop, over all governors of the process:
 * yielding to the loop for each restart would cost more than the restart. This budget is the reason for the module's
 * global state.
 */
import * as MutableList from "effect/MutableList"

/** How long restarts may hold the event loop in one turn, in milliseconds. */
const budget = 1

/** A run that is to begin. */
export interface Task {
  /** It follows another, and begins within the budget. */
  isLimited?: boolean
  begin(): void
}

let tasks = MutableList.make<Task>()
let beginning = false
/** When this turn's budget ends, in `performance.now()` time; 0: none of it was used in this turn. */
let turnEnds = 0

/** All as they are when this is loaded: who fakes the timers later, in a test, must not stop every governor. */
const now = performance.now.bind(performance)
const inNextTurn: (task: () => void) => unknown = globalThis.setImmediate ?? setTimeout
const inThisTurn = queueMicrotask

/** Begins a run asked for from outside: at once, unless we are inside of another's beginning. */
export const begin = (task: Task): void => {
  if (beginning) MutableList.append(tasks, task)
  else beginOne(task)
}

/**
 * Begins all that a command asks for, together: none of them before `ask` is done. Those that would exceed the budget, and
 * those behind them, come after all that waits already.
 */
export const beginTogether = (ask: () => void): void => {
  if (beginning) return ask()
  const waiting = tasks.length === 0 ? undefined : tasks
  if (waiting !== undefined) tasks = MutableList.make()
  beginning = true
  try {
    ask()
    for (let asked = tasks.length; asked > 0; asked--) {
      const task = MutableList.take(tasks) as Task
      if (task.isLimited === true && now() >= turnEnds) {
        MutableList.prepend(tasks, task)
        break
      }
      task.begin()
    }
  } finally {
    beginning = false
    if (waiting !== undefined) {
      MutableList.appendAll(waiting, MutableList.takeAll(tasks))
      tasks = waiting
    }
  }
  if (tasks.length > 0 && turnEnds === 0) runTurn() // those that waited for these, as long as the budget lasts
}

/** The same where no command asks, but something that has happened: all of it comes after what waits already. */
export const beginBehind = (ask: () => void): void => {
  if (beginning || tasks.length === 0) return beginTogether(ask)
  beginning = true
  try {
    ask()
  } finally {
    beginning = false
  }
}

/** Begins a run that follows another: at once, or in the next turn if this turn's budget is used up. */
export const beginWithinBudget = (task: Task): void => {
  const isFirst = turnEnds === 0
  if (isFirst) openTurn()
  task.isLimited = true
  MutableList.append(tasks, task)
  // Not from here: all that has led to this would be in the stack of every error thrown.
  if (!beginning && tasks.length === 1 && (isFirst || now() < turnEnds)) inThisTurn(drain)
}

const beginOne = (task: Task): void => {
  beginning = true
  try {
    task.begin()
  } finally {
    beginning = false
  }
  if (tasks.length > 0 && turnEnds === 0) runTurn() // those that waited for these, as long as the budget lasts
}

const openTurn = (): void => {
  inNextTurn(nextTurn) // first: where it throws no turn is open, which would never end
  turnEnds = now() + budget
}

const nextTurn = (): void => {
  turnEnds = 0
  if (tasks.length === 0) return
  openTurn()
  inThisTurn(drain)
}

const runTurn = (): void => {
  openTurn()
  drain()
}

/** The loop of a restart storm. Nothing is called in between: each frame would be in the stack of every error thrown. */
const drain = (): void => {
  if (tasks.length === 0) return // a command was quicker
  beginning = true
  try {
    do (MutableList.take(tasks) as Task).begin()
    while (tasks.length > 0 && now() < turnEnds)
  } finally {
    beginning = false
  }
}

/** Whether no run waits for its turn: what a test has to know before it lets time pass. */
export const isIdle = (): boolean => tasks.length === 0
