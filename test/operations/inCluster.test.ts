/** How a service is in a whole cluster. */
import { describe, expect, it } from "vitest"
import type { ClusterStatus } from "../../src/ClusterStatus.ts"
import {
  clusterIn,
  healthIn,
  placeInShort,
  statusIn,
  statusOf,
  unreachableInWords,
  viewIn
} from "../../src/operations/inCluster.ts"
import { inShort } from "../../src/operations/inShort.ts"
import type { Status } from "../../src/operations/View.ts"
import { seen } from "../clustered.ts"
import { madeView, running } from "./made.ts"

const here = "127.0.0.1:7001"

const own: Status = { _tag: "Standby", name: "billing", run: 4, restarts: 0, crashes: 2, since: 1 }

const asSeen = (services: ReadonlyArray<ClusterStatus>) => clusterIn({ node: here, services })

describe("a service of a cluster", () => {
  it("is as its owner says", () => {
    const cluster = asSeen([seen("billing")])
    expect(statusIn(cluster, own)).toMatchObject({ _tag: "Running", name: "billing", run: 2, restarts: 1, crashes: 1 })
  })

  it("is as this node says if it runs here, for that is newer", () => {
    const running: Status = { ...own, _tag: "Running" }
    expect(statusIn(asSeen([seen("billing", { node: here, state: "Starting" })]), running)).toBe(running)
  })

  it("is as this node says if no node has begun a run, or the cluster does not know it, or there is none", () => {
    const { node: _, status: _status, ...unsaid } = seen("billing", { epoch: 0, state: "Standby" })
    for (const cluster of [asSeen([unsaid]), asSeen([seen("report")]), undefined]) {
      expect(statusIn(cluster, own)).toBe(own)
    }
  })

  it("is beginning, with what is known here, until its owner says more", () => {
    const { status: _, ...unsaid } = seen("billing", { state: "Starting", since: 9 })
    const status = statusIn(asSeen([unsaid]), own)
    expect(status).toMatchObject({ _tag: "Starting", run: 4, crashes: 2, since: 9 })
    expect(inShort(status, 10)).toBe("")
    expect(statusOf(unsaid)).toMatchObject({ _tag: "Starting", name: "billing", run: 0 })
  })

  it("is stopped if nobody wants it to run, though its owner said that it stands by", () => {
    const stood = seen("billing", { desired: "stopped", state: "Stopped", status: { ...own, _tag: "Standby" } })
    const status = statusIn(asSeen([stood]), own)
    expect(status._tag).toBe("Stopped")
    expect(inShort(status, 10)).toBe("was asked to end")
  })
})

describe("an owner", () => {
  it("that does not answer is told with how long that is so", () => {
    expect(unreachableInWords(seen("billing", { unreachableSince: 1000 }), 9400)).toBe("unreachable for 8 s")
    expect(unreachableInWords(seen("billing", { unreachableSince: 9600 }), 9400)).toBe("unreachable for 0 s")
    expect(unreachableInWords(seen("billing"), 9400)).toBe("")
  })
})

describe("the place of a service", () => {
  it.each<[string, Partial<ClusterStatus>]>([
    ["on 127.0.0.1:7002, epoch 3", {}],
    ["unreachable for 8 s, on 127.0.0.1:7002, epoch 3", { unreachableSince: 1000 }],
    ["on 127.0.0.1:7002, epoch 9", { state: "Failed", epoch: 9 }]
  ])("is told as %o if it is %o", (words, more) => {
    expect(placeInShort(seen("billing", more), 9400)).toBe(words)
  })

  it("is nowhere before the first run", () => {
    const { node: _, ...unsaid } = seen("billing", { epoch: 0, state: "Standby" })
    expect(placeInShort(unsaid, 9400)).toBe("on no node yet")
  })
})

describe("a view", () => {
  const view = madeView({ billing: { status: { _tag: "Standby" } }, api: { status: running } })

  it("has the services as they are in the whole cluster, in their order", () => {
    const { services } = viewIn(asSeen([seen("billing", { epoch: 7 })]), view)
    expect(Array.from(services, ([path, { _tag, run }]) => [path, _tag, run])).toEqual([
      ["billing", "Running", 2],
      ["api", "Running", 1]
    ])
  })

  it("stays as it is without a cluster", () => {
    expect(viewIn(undefined, view)).toBe(view)
  })
})

describe("the health of a service of a cluster", () => {
  it.each<[string, Partial<ClusterStatus>]>([
    ["Ready", {}],
    ["NotReady", { unreachableSince: 5 }],
    ["NotReady", { state: "Standby" }],
    ["NotReady", { state: "Starting" }],
    ["NotReady", { state: "Failed" }],
    ["NotCounted", { desired: "stopped", state: "Stopped" }],
    ["NotCounted", { desired: "stopped", unreachableSince: 5 }],
    ["Ready", { desired: "completed", state: "Stopped" }],
    ["Ready", { desired: "completed", state: "Stopped", unreachableSince: 5 }]
  ])("is %s if it is %o", (health, more) => {
    expect(healthIn(seen("billing", more))).toBe(health)
  })
})
