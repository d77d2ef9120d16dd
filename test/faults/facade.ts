/** A governor of plain TypeScript, for the soak. */
import { getEventListeners } from "node:events"
import { Governor, type GovernorOptions, type ServiceInput } from "../../src/promise/index.ts"
import { patient } from "./conduct.ts"
import { promiseBody } from "./promiseBody.ts"
import type { Scene } from "./Scene.ts"
import type { Subject } from "./Subject.ts"

interface Surroundings {
  /** Outlives them all. */
  readonly signal: AbortSignal
  readonly log: () => void
  readonly complain: (problem: string) => void
}

/** `catches`: it listens to the process's signals. */
export const facade = (
  scene: Scene,
  options: GovernorOptions,
  { complain, log, signal }: Surroundings,
  catches: boolean
): Subject => {
  const { random } = scene
  const own = random.chance(0.3) ? new AbortController() : undefined
  const governor = new Governor({ ...options, log, signal: own?.signal ?? signal })
  if (catches) governor.catchSignals({ catchUncaught: random.chance(0.5) })
  let isStarted = false
  const add = (name: string, service: ServiceInput, options = {}) => {
    const config = governor.add(name, service, options)
    if (isStarted) config.start()
  }
  return {
    add: (name, options) => add(name, promiseBody(name, scene), options),
    addNested: (name, names, make) => add(name, nested(names, make), { stopTimeout: scene.mayIgnore ? 300 : patient }),
    start: () => {
      isStarted = true
      governor.start()
    },
    command: async (name, deed) => governor.get(name)[deed](),
    statuses: () => governor.status(),
    listen: (listener) => governor.onEvent(listener),
    read: async () => {},
    shutdown: async () => {
      if (own !== undefined) own.abort(new Error("enough"))
      else void governor.shutdown("enough")
      const [first, second] = await Promise.all([governor.shutdown(), governor.waitForShutdown()])
      if (first !== second) complain("two who asked got different reports")
      if (!governor.context.aborted) complain("its context was not aborted")
      if (own !== undefined && getEventListeners(own.signal, "abort").length > 0) {
        complain("it still listens to its signal")
      }
      return first
    }
  }
}

/** Each run is a scene of its own. */
const nested = (names: ReadonlyArray<string>, make: () => Scene): ServiceInput =>
  Governor.asService((inner) => {
    const scene = make()
    inner.onEvent((event) => {
      scene.ledger.hear(event)
      if (event._tag === "ShutdownCompleted") scene.ledger.close(event.report)
    })
    for (const name of names) inner.add(name, promiseBody(name, scene), { restart: scene.random.between(0, 50) })
  })
