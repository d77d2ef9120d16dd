/** A governor of plain TypeScript, for the soak. */
import { getEventListeners } from "node:events"
import {
  Governor,
  type GovernorOptions,
  type LogEntry,
  type ServiceInput,
  type ServiceOptions
} from "../../src/promise/index.ts"
import { innerOptionsFrom, patient } from "./conduct.ts"
import { ofPromise } from "./probed.ts"
import { promiseBody } from "./promiseBody.ts"
import type { Scene } from "./Scene.ts"
import type { Subject } from "./Subject.ts"

interface Surroundings {
  /** Outlives them all. */
  readonly signal: AbortSignal
  readonly log: (entry: LogEntry) => void
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
  const controller = random.chance(0.3) ? new AbortController() : undefined
  const governor = new Governor({ ...options, log, signal: controller?.signal ?? signal })
  if (catches) governor.catchSignals({ catchUncaught: random.chance(0.5) })
  let isStarted = false
  const add = (name: string, service: ServiceInput, options: ServiceOptions) => {
    const config = governor.add(name, service, options)
    if (isStarted) config.start()
  }
  return {
    add: (name, options) => add(name, promiseBody(name, scene), ofPromise(name, scene, options)),
    addNested: (name, names, make) => add(name, nested(names, make), { stopTimeout: scene.mayIgnore ? 300 : patient }),
    start: () => {
      isStarted = true
      governor.start()
    },
    command: async (name, deed, timeout) => governor.get(name)[deed](timeout === undefined ? {} : { timeout }),
    awaits: async (name, what) => {
      const handle = governor.get(name)
      const told = what === "ready" ? handle.whenReady() : handle.whenOver().then((report) => report.name === name)
      await told.catch((error: unknown) => complain(`waiting for "${name}" failed: ${String(error)}`))
    },
    statuses: () => governor.status(),
    listen: (listener) => governor.onEvent(listener),
    read: async (timeout) => {
      const { ok, services } = await governor.whenReady({ timeout })
      if (ok !== services.every(({ ready }) => ready)) complain(`ok: ${ok}, with ${JSON.stringify(services)}`)
    },
    shutdown: async () => {
      if (controller !== undefined) controller.abort(new Error("enough"))
      else void governor.shutdown("enough")
      const [first, second] = await Promise.all([governor.shutdown(), governor.waitForShutdown()])
      if (first !== second) complain("two who asked got different reports")
      if (!governor.context.aborted) complain("its context was not aborted")
      if (controller !== undefined && getEventListeners(controller.signal, "abort").length > 0) {
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
    for (const name of names) {
      inner.add(
        name,
        promiseBody(name, scene),
        ofPromise(name, scene, scene.watched(name, innerOptionsFrom(scene.random)))
      )
    }
  })
