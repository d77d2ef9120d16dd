/**
 * One thing after the other.
 */

/** Makes a queue: what a task asks for is done after it, never inside of it, so that chains of any length do not recurse. */
export const inTurn = (): (task: () => void) => void => {
  let tasks: Array<() => void> = []
  return (task) => {
    tasks.push(task)
    if (tasks.length > 1) return
    try {
      for (const task of tasks) task()
    } finally {
      tasks = []
    }
  }
}
