/** effection: a task for each service, spawned by one that waits. */
import { type Operation, run, sleep, spawn, suspend, type Task, until } from "effection"
import { setImmediate } from "node:timers/promises"
import type { Engine, Work } from "./Engine.ts"

export const engine: Engine = {
  start: async ({ count, delay, work }) => {
    let task: Task<void> | undefined
    await new Promise<void>((resolve, reject) => {
      task = run(function*() {
        for (let i = 0; i < count; i++) void (yield* spawn(() => keepUp(work, delay)))
        yield* sleep(0) // the last of them has started
        resolve()
        yield* suspend()
      })
      task.catch(reject)
    })
    return { stop: async () => await task?.halt() }
  }
}

function* keepUp(work: Work, delay: number): Operation<void> {
  while (true) {
    try {
      yield* runOf(work)
    } catch {
      // as if logged
    }
    yield* delay === 0 ? until(setImmediate()) : sleep(delay)
  }
}

function* runOf(work: Work): Operation<void> {
  switch (work.then) {
    case "end":
      return work.begin()
    case "wait":
      work.begin()
      try {
        return yield* suspend()
      } finally {
        work.ended()
      }
    case "crash":
      work.begin()
      yield* until(setImmediate())
      return work.crash()
    case "sleep": {
      const woke = work.begin()
      while (true) {
        yield* sleep(work.millis)
        woke()
      }
    }
  }
}
