/**
 * Tasks for the next turn of the event loop.
 */
import * as Context from "effect/Context"
import * as Scheduler from "effect/Scheduler"

/** One dispatcher for each scheduler. A dispatcher asks the event loop once for all tasks of a turn. */
const dispatchers = new WeakMap<Scheduler.Scheduler, Scheduler.SchedulerDispatcher>()

/** Calls the task in a later turn of the event loop, never in a microtask. The task must not throw. */
export const later = (context: Context.Context<never>, task: () => void): void => {
  const scheduler = Context.get(context, Scheduler.Scheduler)
  let dispatcher = dispatchers.get(scheduler)
  if (dispatcher === undefined) dispatchers.set(scheduler, dispatcher = scheduler.makeDispatcher())
  dispatcher.scheduleTask(task, 0)
}
