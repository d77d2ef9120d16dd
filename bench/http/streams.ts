/** What those take who follow the events, and those who do not read them. */
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout } from "node:timers/promises"
import { operations } from "../../src/http/index.ts"
import { Governor } from "../../src/promise/index.ts"
import { quantile } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { asked, longestStretch, processor } from "./asking.ts"
import { memory } from "./memory.ts"

/** A governor with a service that ends after each run. */
const governed = (delay: number) => {
  let events = 0
  const governor = new Governor({ log: () => {} }).restart(delay)
  governor.add("service", async () => {})
  governor.onEvent(() => void events++)
  return { governor, events: () => events }
}

/** How long a shutdown takes, and how long it takes until nobody listens any more, in milliseconds. */
const closing = async (governor: Governor, close: () => Promise<void>) => {
  const began = performance.now()
  await governor.shutdown()
  const shutdown = performance.now() - began
  await close()
  return { shutdown, all: performance.now() - began }
}

/** A restart has four events, so these are about 100 a second. */
const delay = 40

export const measureStreams = async (count: number, millis: number): Promise<Figures> => {
  const alone = governed(delay)
  const nobody = await operations(alone.governor).listen()
  alone.governor.start()
  await setTimeout(200)
  const without = await closing(alone.governor, nobody.close)

  const { events, governor } = governed(delay)
  const { close, url } = await operations(governor).listen()
  const before = memory()
  const rss = process.memoryUsage.rss()
  await asked({ _tag: "Follow", url: `${url}/events`, count })
  governor.start()
  await setTimeout(millis / 3) // warm
  await asked({ _tag: "Heard" })
  const [began, already] = [performance.now(), events()]
  const taken = await processor(() => setTimeout(millis))
  const took = performance.now() - began
  const { heard, late } = await asked({ _tag: "Heard" })
  if (heard < count) throw new Error(`wrong count: ${heard} events were heard by ${count}`)
  const perSecond = 1000 * (events() - already) / took
  const stretch = await longestStretch(() => setTimeout(millis / 3))
  const after = memory()
  const rssAfter = process.memoryUsage.rss()
  const { all, shutdown } = await closing(governor, close)
  return {
    "events a second": perSecond,
    "the last has it p50, ms": quantile(late, 0.5),
    "the last has it p99, ms": quantile(late, 0.99),
    "share of a core, %": 100 * taken / took,
    "longest stretch, CPU ms": stretch.cpu,
    "heap and buffers, kB a client": (after - before) / count / 1000,
    "RSS, kB a client": (rssAfter - rss) / count / 1000,
    "shutdown longer, ms": shutdown - without.shutdown,
    "listens longer, ms": all - without.all
  }
}

/** Clients that do not read, while there are as many events as there can be. The system buffers megabytes for each. */
export const measureDeaf = async (count: number, millis: number): Promise<Figures> => {
  const { events, governor } = governed(0)
  const { listener } = operations(governor)
  const open = new Set<ServerResponse>()
  let most = 0
  const server = createServer((request, response) => {
    open.add(response)
    response.once("close", () => open.delete(response))
    listener(request, response)
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  await asked({ _tag: "Ignore", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, count })
  while (open.size < count) await setTimeout(10)
  const before = memory()
  governor.start()
  const began = performance.now()
  while (open.size > 0 && performance.now() - began < 20_000) {
    await new Promise((resolve) => setImmediate(resolve))
    for (const response of open) most = Math.max(most, response.writableLength)
  }
  if (open.size > 0) throw new Error(`wrong count: ${open.size} clients were not cut off after ${events()} events`)
  const cutAfter = performance.now() - began
  await setTimeout(millis)
  const after = memory()
  await setTimeout(2 * millis)
  return {
    "waiting at the most, kB": most / 1024,
    "cut after, ms": cutAfter,
    "memory after, MB": (after - before) / 1e6,
    "memory later, MB": (memory() - before) / 1e6
  }
}
