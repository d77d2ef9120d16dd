/**
 * The loop of the process. It attends to one governor at a time. A governor to which something happens meanwhile is put on a
 * list. So nothing recurses, however many services and governors act on one another.
 *
 * Restarts begin here, of all governors in one queue, for at most 1 ms in one turn of the event loop. A yield to the event loop
 * for each restart would cost more than the restart. This budget is the reason for the module's global state.
 */
import type { GovernorState } from "../lifecycle/GovernorState.ts"
import { Queue } from "../lifecycle/Queue.ts"
import type { ServiceState } from "../lifecycle/ServiceState.ts"

/** How long restarts may hold the event loop in one turn, in milliseconds. */
const budget = 1

/** The governors that something has happened to. */
const due: Array<GovernorState> = []
let isAttending = false

/** The services that are to begin, and the governors that have something to do behind those. */
const restarts = /* @__PURE__ */ new Queue<ServiceState | GovernorState>()
/** When the budget of this turn ends, in `performance.now()` time; 0: no restart was asked for in this turn. */
let turnEnds = 0
/** Whether `restartInTurn` is under way, or about to be called in this turn. */
let isScheduled = false

// Taken when the module is loaded: a test that fakes the timers later must not stop every governor.
const now = /* @__PURE__ */ performance.now.bind(performance)
const soon: (task: () => void) => unknown = globalThis.setImmediate ?? setTimeout
const inThisTurn = queueMicrotask

// --- the list of governors ---

/** Something has happened to the governor: its turn is now, or comes in the loop that is under way. */
export const attend = (governor: GovernorState): void => {
  if (!governor.isDue) {
    governor.isDue = true
    due.push(governor)
  }
  if (!isAttending) attendAll()
}

const attendAll = (): void => {
  isAttending = true
  try {
    settleAll()
  } finally {
    isAttending = false
  }
}

const settleAll = (): void => {
  let settled = 0
  try {
    while (settled < due.length) {
      const governor = due[settled++]!
      governor.isDue = false
      governor.settle(governor)
    }
  } finally {
    if (settled === due.length) due.length = 0
    else due.splice(0, settled) // a defect of ours must not stop the others
  }
}

// --- restarts ---

/** Begins the next run of the service when its turn comes. The service loses its place in any other queue. */
export const restartSoon = (service: ServiceState): void => {
  service.wait = restarts
  comeInTurn(service)
}

/** Calls `comes` of the governor when all services that are in line now have had their turn. Returns whether there are any. */
export const behindRestarts = (governor: GovernorState): boolean => {
  if (restarts.isEmpty) return false
  comeInTurn(governor)
  return true
}

const isGovernor = (next: ServiceState | GovernorState): next is GovernorState => "comes" in next

const comeInTurn = (next: ServiceState | GovernorState): void => {
  restarts.put(next)
  if (isScheduled) return
  // Not from here: the functions that have led to this would be in the stack of every error thrown.
  if (turnEnds === 0) openTurn()
  else if (now() >= turnEnds) return
  schedule()
}

/** These services lose their places among the restarts. */
export const leaveLine = (services: ReadonlySet<ServiceState>): void => {
  restarts.remove((next) => !isGovernor(next) && services.has(next))
  for (const service of services) if (service.wait === restarts) service.wait = undefined
}

const schedule = (): void => {
  isScheduled = true
  inThisTurn(restartInTurn)
}

const openTurn = (): void => {
  soon(nextTurn) // first: if it throws, no turn is open; an open turn would never end
  turnEnds = now() + budget
}

const nextTurn = (): void => {
  turnEnds = 0
  if (restarts.isEmpty || isScheduled) return
  openTurn()
  schedule()
}

/** The loop of a restart storm. Nothing is called in between: each frame would be in the stack of every error thrown. */
const restartInTurn = (): void => {
  isAttending = true
  try {
    do {
      const next = restarts.take()
      if (next?.wait === restarts) {
        next.wait = undefined
        next.governor.begin(next)
      } else if (next !== undefined && isGovernor(next)) next.comes(next)
      settleAll()
    } while (!restarts.isEmpty && now() < turnEnds)
  } finally {
    isAttending = false
    isScheduled = false
  }
}

// --- verdicts ---

/** How many tasks wait for the next turn. */
let awaited = 0

/** Runs a task in the next turn of the event loop, after the input and output that is ready by then. */
export const inNextTurn = (task: () => void): void => {
  awaited++
  soon(() => {
    awaited--
    task()
  })
}

/** Whether nothing waits for its turn: what a test has to know before it lets time pass. */
export const isIdle = (): boolean => restarts.isEmpty && awaited === 0
