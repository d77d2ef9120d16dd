/** All that is measured over HTTP, in the order in which it is told. */
import type { Figures } from "../workloads/Workload.ts"

interface Workload {
  readonly title: string
  readonly peers: ReadonlyArray<string>
  /** The figures of a process of its own. `size` is as large as it has to be, or small if it must not take long. */
  readonly measure: (peer: string, isSmall: boolean) => Promise<Figures>
}

/** What a workload needs is loaded only in the process that measures it. */
export const workloads: Readonly<Record<string, Workload>> = {
  mounted: {
    title: "mounted, nobody connected, in a storm of one service",
    peers: ["governor"],
    measure: async (_, isSmall) => (await import("./mounted.ts")).measureMounted(isSmall ? 100 : 2000)
  },
  probes: {
    title: "probes, of a program with 1,000 services",
    peers: ["governor", "terminus", "lightship", "node"],
    measure: async (peer, isSmall) => (await import("./probes.ts")).measureProbes(peer, isSmall ? 20 : 1000)
  },
  "services 1,000": {
    title: "a list of 1,000 services",
    peers: ["governor", "supervisord"],
    measure: async (peer, isSmall) =>
      (await import("./services.ts")).measureServices(peer, isSmall ? 20 : 1000, isSmall ? 2 : 20)
  },
  "services 10,000": {
    title: "a list of 10,000 services",
    peers: ["governor"],
    measure: async (peer, isSmall) =>
      (await import("./services.ts")).measureServices(peer, isSmall ? 200 : 10_000, isSmall ? 2 : 20)
  },
  metrics: {
    title: "20,000 series",
    peers: ["governor", "promClient", "effect"],
    measure: async (peer, isSmall) =>
      (await import("./metrics.ts")).measureMetrics(peer, isSmall ? 200 : 20_000, isSmall ? 2 : 15)
  },
  streams: {
    title: "1,000 clients that follow 100 events a second",
    peers: ["governor"],
    measure: async (_, isSmall) =>
      (await import("./streams.ts")).measureStreams(isSmall ? 20 : 1000, isSmall ? 300 : 3000)
  },
  deaf: {
    title: "ten clients that do not read, in a storm",
    peers: ["governor"],
    measure: async (_, isSmall) => (await import("./streams.ts")).measureDeaf(isSmall ? 2 : 10, isSmall ? 20 : 1000)
  }
}

const titles: Readonly<Record<string, string>> = {
  governor: "effect-governor/http",
  terminus: "@godaddy/terminus",
  lightship: "lightship",
  node: "node:http, an empty answer",
  supervisord: "supervisord, XML-RPC",
  promClient: "prom-client",
  effect: "Effect, PrometheusMetrics in one piece",
  before: "the build before",
  now: "this build",
  mounted: "this build, mounted"
}

export const titleOf = (peer: string): string => titles[peer] ?? peer

/** Peers that nobody measures here, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  "process-compose": "neither npm nor Debian has it",
  "observer_cli": "it shows the processes of a node of Erlang in a terminal, and answers nobody over HTTP"
}
