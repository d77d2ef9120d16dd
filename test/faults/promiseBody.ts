/** Services of plain TypeScript that behave as they are told to. */
import { setTimeout } from "node:timers/promises"
import { type ServiceAPI, type ServiceInput, StopService } from "../../src/promise/index.ts"
import type { Conduct } from "./conduct.ts"
import type { Scene } from "./Scene.ts"

export const promiseBody = (name: string, scene: Scene): ServiceInput => ({
  create: () => {
    const conduct = scene.conduct()
    const run = (api: ServiceAPI) => begin(name, scene, conduct, api)
    return conduct.stop === "nothing" ? { run } : { run, stop: () => stop(name, scene, conduct) }
  }
})

const begin = (name: string, scene: Scene, conduct: Conduct, api: ServiceAPI): void | Promise<void> => {
  scene.begins(name)
  if (conduct.first === "goes on") return live(name, scene, conduct, api).finally(() => scene.leaves(name))
  scene.leaves(name)
  if (conduct.first === "throws") throw scene.thrownBy(name)
}

const live = async (name: string, scene: Scene, conduct: Conduct, api: ServiceAPI): Promise<void> => {
  if (conduct.litter === "a sleep") void api.sleep("1 hour")
  if (conduct.litter === "a listener") api.signal.addEventListener("abort", () => {})
  if (await lasts(conduct, api)) return leave(name, scene, conduct)
  switch (conduct.ends) {
    case "returns":
      return
    case "stops":
      throw new StopService()
    case "stops for good":
      throw new StopService({ restart: false })
    case "throws":
    case "interrupts itself":
      throw scene.thrownBy(name)
  }
}

/** True: it was asked to end. */
const lasts = async ({ beats, lasts, readyAfter, waits }: Conduct, api: ServiceAPI): Promise<boolean> => {
  if (await api.sleep(readyAfter)) return true
  api.ready()
  for (let left = lasts; left > 0; left -= 20) {
    if (beats) api.heartbeat()
    if (await sleep(waits, beats ? Math.min(left, 20) : left, api)) return true
    if (!beats) return false
  }
  return false
}

const sleep = async (how: Conduct["waits"], millis: number, { signal, sleep }: ServiceAPI): Promise<boolean> => {
  if (how === "sleep" || (millis === Infinity && how === "timer")) return sleep(millis)
  if (how === "timer") return setTimeout(millis, false, { signal }) // rejects with an AbortError of Node's
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

const leave = async (name: string, scene: Scene, conduct: Conduct): Promise<void> => {
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

const stop = (name: string, scene: Scene, conduct: Conduct): void | Promise<void> => {
  if (conduct.stop === "returns") return
  if (conduct.stop === "throws") throw scene.thrownBy(name, "stop")
  scene.enters(name)
  const stopping = async () => {
    if (conduct.stop === "rejects") throw scene.thrownBy(name, "stop")
    if (conduct.stop === "is slow") return scene.until(conduct.slowness)
    return late(name, scene, conduct, "stop")
  }
  return stopping().finally(() => scene.leaves(name))
}
