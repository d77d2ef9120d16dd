/** Services of plain TypeScript that behave as they are told to. */
import { setTimeout } from "node:timers/promises"
import { type Service, type ServiceAPI, type ServiceInput, StopService } from "../../src/promise/index.ts"
import { Closers } from "./Closers.ts"
import { type Conduct, strange } from "./conduct.ts"
import { dueOf } from "./due.ts"
import type { Scene } from "./Scene.ts"

export const promiseBody = (name: string, scene: Scene): ServiceInput => ({
  create: () => {
    const conduct = scene.conduct()
    if (conduct.creates === "at once") return made(name, scene, conduct, () => scene.begins(name))
    scene.begins(name)
    return create(name, scene, conduct).finally(() => scene.leaves(name))
  }
})

/** What the service is made of takes its time. */
const create = async (name: string, scene: Scene, conduct: Conduct): Promise<Service> => {
  const start = scene.ledger.startsOf(name)
  if (conduct.creates === "too late") await late(name, scene, conduct)
  else await scene.until(conduct.slowness)
  if (conduct.creates === "rejects") throw scene.thrownBy(name)
  return made(name, scene, conduct, () => scene.entersLate(name, start))
}

const made = (name: string, scene: Scene, conduct: Conduct, begins: () => void): Service => {
  let closers: Closers | undefined
  const run = (api: ServiceAPI) => {
    begins()
    return begin(name, scene, conduct, api, closers = new Closers(name, scene, conduct, api))
  }
  return conduct.stop === "nothing" ? { run } : { run, stop: () => stop(name, scene, conduct, closers) }
}

const begin = (
  name: string,
  scene: Scene,
  conduct: Conduct,
  api: ServiceAPI,
  closers: Closers
): void | Promise<void> => {
  if (conduct.first === "goes on") {
    return closers.during(live(name, scene, conduct, api, closers)).finally(() => scene.leaves(name))
  }
  scene.leaves(name)
  scene.ends(name, { outcome: conduct.first === "throws" ? "Crashed" : "Completed", isForGood: false })
  if (conduct.first === "throws") throw scene.thrownBy(name)
}

const live = async (
  name: string,
  scene: Scene,
  conduct: Conduct,
  api: ServiceAPI,
  closers: Closers
): Promise<void> => {
  if (conduct.litter === "a sleep") void api.sleep("1 hour")
  if (conduct.litter === "a listener") api.signal.addEventListener("abort", () => {})
  if (conduct.writes) write(scene, api)
  closers.deferAll()
  try {
    if (await lasts(name, scene, conduct, api)) return await leave(name, scene, conduct, api)
    scene.ends(name, dueOf(conduct, "promise"))
    end(name, scene, conduct)
  } finally {
    closers.deferLate()
  }
}

/** Anything can be written. */
const write = (scene: Scene, { log }: ServiceAPI): void => {
  for (const line of [log, log.debug, log.warn, log.error]) {
    line("written: %s", strange(scene.random))
    scene.written++
  }
}

const end = (name: string, scene: Scene, { ends }: Conduct): void => {
  switch (ends) {
    case "returns":
      return
    case "stops":
      throw new StopService()
    case "stops for good":
      throw new StopService({ restart: false })
    case "fails for good":
      throw new StopService({ restart: false, error: scene.thrownBy(name) ?? "nothing" })
    case "throws":
    case "interrupts itself":
      throw scene.thrownBy(name)
  }
}

/** True: it was asked to end. */
const lasts = async (name: string, scene: Scene, conduct: Conduct, api: ServiceAPI): Promise<boolean> => {
  const { beats, lasts, readyAfter, reason, saysWhyNot } = conduct
  if (saysWhyNot) api.unready(reason)
  if (await api.sleep(readyAfter)) return true
  api.ready()
  if (await pauses(name, scene, conduct, api)) return true
  for (let left = lasts; left > 0; left -= 20) {
    if (beats) api.heartbeat()
    if (await sleep(scene, conduct, beats ? Math.min(left, 20) : left, api)) return true
    if (!beats) return false
  }
  return false
}

/** Now and then it is not ready. True: it was asked to end. */
const pauses = async (name: string, { ledger }: Scene, conduct: Conduct, api: ServiceAPI): Promise<boolean> => {
  const { comesBack, reason, slowness } = conduct
  for (let left = conduct.pauses; left > 0; left--) {
    if (await api.sleep(slowness)) return true
    api.unready(reason)
    if (await api.sleep(slowness)) return true
    ledger.isPaused(name)
    if (left > 1 || comesBack) api.ready()
  }
  return false
}

const sleep = async (scene: Scene, { waits }: Conduct, millis: number, api: ServiceAPI): Promise<boolean> => {
  const { signal, sleep, until } = api
  if (waits === "sleep" || (millis === Infinity && waits === "timer")) return sleep(millis)
  if (waits === "timer") return setTimeout(millis, false, { signal }) // rejects with an AbortError of Node's
  if (waits === "until") return until(scene.until(millis).then(() => false))
  if (waits === "until asked") return until(scene.until(Infinity).then(() => Promise.reject(new Error("too late"))))
  return new Promise((resolve) => {
    const timer = millis === Infinity ? undefined : globalThis.setTimeout(() => done(false), millis)
    const done = (asked: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener("abort", abort)
      resolve(asked)
    }
    const abort = () => done(true)
    signal.addEventListener("abort", abort)
    if (signal.aborted) abort()
  })
}

const leave = async (name: string, scene: Scene, conduct: Conduct, { until }: ServiceAPI): Promise<void> => {
  if (conduct.waits === "until asked") await until(scene.until(Infinity)).catch(() => {}) // no wait begins now
  switch (conduct.asked) {
    case "leaves":
      return
    case "leaves slowly":
      return scene.until(conduct.slowness)
    case "throws":
      throw scene.thrownBy(name)
    case "ignores it":
      return late(name, scene, conduct)
  }
}

const late = async (name: string, scene: Scene, conduct: Conduct, part: "run" | "stop" = "run"): Promise<void> => {
  await scene.until(conduct.late)
  if (conduct.failsLate) throw scene.thrownBy(name, part)
}

const stop = (name: string, scene: Scene, conduct: Conduct, closers: Closers | undefined): void | Promise<void> => {
  if (conduct.stop === "returns") return
  if (conduct.stop === "throws") throw scene.thrownBy(name, "stop")
  scene.enters(name)
  const stopping = async () => {
    if (conduct.stop === "rejects") throw scene.thrownBy(name, "stop")
    if (conduct.stop === "is slow") return scene.until(conduct.slowness)
    return late(name, scene, conduct, "stop")
  }
  const stopped = closers === undefined ? stopping() : closers.during(stopping())
  return stopped.finally(() => scene.leaves(name))
}
