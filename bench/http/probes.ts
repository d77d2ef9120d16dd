/** What a probe takes: the CPU of an answer, and how long it takes while 1,000 services crash and start again. */
import terminus from "@godaddy/terminus"
import { createLightship } from "lightship"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout } from "node:timers/promises"
import { operations } from "../../src/http/index.ts"
import type { Fleet } from "../peers/Engine.ts"
import { startSeen } from "../peers/governor.ts"
import { quantile } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { asked, askedWell, processor, serve } from "./asking.ts"

/** The URLs of one server: whether the process lives, and whether it may have work. */
interface Probed {
  readonly live: string
  readonly ready: string
}

type Governor = Parameters<Parameters<typeof startSeen>[1]>[0]

/** They all run beside a governor, which ours alone look at. */
const servers: Readonly<Record<string, (governor: Governor) => Promise<Probed>>> = {
  governor: async (governor) => {
    const { url } = await operations(governor).listen()
    return { live: `${url}/livez`, ready: `${url}/readyz` }
  },
  terminus: async () => {
    const server = createServer((_, response) => response.writeHead(404).end())
    terminus.createTerminus(server, {
      healthChecks: { "/livez": async () => {}, "/readyz": async () => {} },
      signals: []
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { live: `${url}/livez`, ready: `${url}/readyz` }
  },
  lightship: async () => {
    const lightship = await createLightship({ detectKubernetes: false, port: 0, signals: [] })
    lightship.signalReady()
    const url = `http://127.0.0.1:${(lightship.server.address() as AddressInfo).port}`
    return { live: `${url}/live`, ready: `${url}/ready` }
  },
  node: async () => {
    const url = await serve((_, response) => response.end("ok\n"))
    return { live: url, ready: url }
  }
}

const many = 1000
const idle: Fleet = { count: many, delay: 0, work: { then: "wait", begin: () => {}, ended: () => {} } }
const crash = () => {
  throw new Error("thrown")
}

const serveBeside = async (peer: string, fleet: Fleet): Promise<Probed & { readonly stop: () => Promise<void> }> => {
  let served: Promise<Probed> | undefined
  const { stop } = await startSeen(fleet, (governor) => void (served = servers[peer]!(governor)))
  return { ...(await served)!, stop }
}

export const measureProbes = async (peer: string, times: number): Promise<Figures> => {
  const { live, ready, stop } = await serveBeside(peer, idle)
  const figures: Record<string, number> = {}
  for (const url of [live, ready, live]) await askedWell({ _tag: "Ask", url, times: 4 * times }, 200) // warm
  for (const [name, url] of [["live", live], ["ready", ready]] as const) {
    const taken = await processor(() => askedWell({ _tag: "Ask", url, times: 3 * times }, 200))
    figures[`${name}, CPU µs`] = 1000 * taken / (3 * times)
  }
  const taken = await processor(() => askedWell({ _tag: "Ask", url: ready, times, isFresh: true }, 200))
  figures["ready, new connection, CPU µs"] = 1000 * taken / times
  await stop()
  return { ...figures, ...await measureInStorm(peer, times) }
}

/** The governor tries to start all again in each turn of the event loop: it is busy all the time. */
const measureInStorm = async (peer: string, times: number): Promise<Figures> => {
  let runs = 0
  const begin = () => {
    runs++
    crash()
  }
  const { live, ready } = await serveBeside(peer, { count: many, delay: 0, work: { then: "end", begin } })
  await setTimeout(300)
  const figures: Record<string, number> = {}
  const [began, before] = [performance.now(), runs]
  for (const [name, url] of [["live", live], ["ready", ready]] as const) {
    const { millis } = await asked({ _tag: "Ask", url, times, isFresh: true }) // nobody knows whether they are ready
    figures[`${name} in a storm p50, ms`] = quantile(millis, 0.5)
    figures[`${name} in a storm p99, ms`] = quantile(millis, 0.99)
  }
  figures["restarts a second"] = 1000 * (runs - before) / (performance.now() - began)
  return figures
}
