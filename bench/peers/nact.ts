/** nact: an actor for each service, whose run is the handling of a message; one that crashed is reset and told again. */
import { dispatch, spawn, start, stop } from "nact"
import { setImmediate } from "node:timers/promises"
import { type Engine, named, type Work } from "./Engine.ts"
import { crashing } from "./promises.ts"

export const engine: Engine = {
  start: async ({ count, work }) => {
    const system = start()
    const run = handlerOf(work)
    let up = count
    let allStopped = () => {}
    const services = Array.from({ length: count }, (_, i) => {
      const service = spawn(system, (_state, _message: string) => run(), named(i), {
        onCrash: (message, _error, context) => {
          dispatch(context.self, message)
          return context.reset
        },
        afterStop: () => {
          if (work.then === "wait") work.ended()
          if (--up === 0) allStopped()
        }
      })
      dispatch(service, "run")
      return service
    })
    await setImmediate() // a message is handled in the next turn
    return {
      stop: () =>
        new Promise((resolve) => {
          allStopped = resolve
          services.forEach(stop) // to stop the system does not stop its actors
          stop(system)
        })
    }
  }
}

/** An actor waits for its next message when it has handled one. */
const handlerOf = (work: Work): () => void | Promise<void> => {
  switch (work.then) {
    case "wait":
      return () => work.begin()
    case "end":
      return work.begin
    case "crash":
      return crashing(work)
    case "sleep":
      throw new Error("a message that is being handled cannot be stopped")
  }
}
