/** What is there when all is over: memory, what holds the process, who listens, and objects of ours. */
import { getEventListeners } from "node:events"
import { setTimeout } from "node:timers/promises"
import { queryObjects } from "node:v8"
import { Run } from "../../src/internal/engine/Run.ts"
import { Outbox } from "../../src/internal/telling/Outbox.ts"
import { Governor } from "../../src/promise/index.ts"
import { collectGarbage } from "../garbage.ts"
import { Scene } from "./Scene.ts"

export interface Remains {
  /** In bytes. */
  readonly heap: number
  /** How many there are of each. */
  readonly resources: Counts
  readonly listeners: Counts
  /** Those of ours. */
  readonly objects: Counts
}

/** `Outbox`: one for each governor of the core. */
const classes = { Governor, Outbox, Run, Scene, AbortSignal }

/** `signal` was handed to governors. */
export const remainsNow = async (signal: AbortSignal): Promise<Remains> => {
  const objects = await fewestObjects()
  const heap = await leastHeap() // after that: counting objects collects more than `gc` does
  const events = [...process.eventNames()].map((event) => [`process on ${String(event)}`, process.listenerCount(event)])
  return {
    heap,
    resources: tally(process.getActiveResourcesInfo()),
    listeners: { ...Object.fromEntries(events), "abort of a signal": getEventListeners(signal, "abort").length },
    objects
  }
}

/** In a few rounds, for what runs just now may hold one for a moment. */
const fewestObjects = async (): Promise<Record<string, number>> => {
  let objects: Record<string, number> = {}
  for (let round = 0; round < 5; round++) {
    objects = Object.fromEntries(
      Object.entries(classes).map(([name, type]) => [name, queryObjects(type, { format: "count" })])
    )
    objects["AbortSignal"]!-- // the one that was handed to them
    if (Object.values(objects).every((count) => count === 0)) break
    await setTimeout(100)
  }
  return objects
}

/** What finalizers let go is collected only in the next round. */
const leastHeap = async (): Promise<number> => {
  let least = Infinity
  for (let round = 0; round < 6; round++) {
    collectGarbage()
    least = Math.min(least, process.memoryUsage().heapUsed)
    await setTimeout(20)
  }
  return least
}

const tally = (names: ReadonlyArray<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** By how much the heap may have grown. */
const tolerance = 1.1

/** What is there that was not there before, and of our objects any at all. Pure. */
export const leftBehind = (before: Remains, after: Remains): ReadonlyArray<string> => {
  const grown = after.heap > before.heap * tolerance
    ? [`${megabytes(after.heap)} of heap, before: ${megabytes(before.heap)}`]
    : []
  return [
    ...grown,
    ...more("of what holds the process", before.resources, after.resources),
    ...more("listeners", before.listeners, after.listeners),
    ...more("objects", {}, after.objects)
  ]
}

type Counts = Readonly<Record<string, number>>

const more = (kind: string, before: Counts, after: Counts): ReadonlyArray<string> =>
  Object.entries(after).flatMap(([name, count]) => {
    const was = before[name] ?? 0
    return count > was ? [`${kind}: ${count} ${name}, before: ${was}`] : []
  })

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`
