import { setImmediate } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import type { Sink } from "../../src/http/exchange.ts"
import { Kept } from "../../src/http/Kept.ts"
import type { Wish } from "../../src/http/Streams.ts"
import { sightOf } from "../../src/internal/sight.ts"
import { Governor } from "../../src/promise/index.ts"

/** A client that reads when it is told to. */
const client = (reads = true) => {
  let text = ""
  let state: "Open" | "Ended" | "Cut" = "Open"
  let unread = 0
  let gone = () => {}
  let waiting: Array<() => void> = []
  const sink: Sink = {
    write: (bytes) => {
      text += Buffer.from(bytes).toString()
      if (!reads) unread += bytes.length
    },
    unread: () => unread,
    whenRead: (call) => reads ? call() : void waiting.push(call),
    end: () => {
      state = "Ended"
    },
    cut: () => {
      state = "Cut"
    },
    whenGone: (call) => {
      gone = call
    }
  }
  const read = () => {
    reads = true
    unread = 0
    const calls = waiting
    waiting = []
    calls.forEach((call) => call())
  }
  const messages = () =>
    text.split("\n\n").slice(0, -1).flatMap((block) => {
      const [, id] = /^id: (.*)$/m.exec(block) ?? []
      return id === undefined ? [] : [{
        id: Number(id.split("-")[1]),
        type: /^event: (.*)$/m.exec(block)?.[1],
        data: JSON.parse(/^data: (.*)$/m.exec(block)![1]!)
      }]
    })
  return {
    sink,
    text: () => text,
    messages,
    types: () => messages().map(({ type }) => type),
    state: () => state,
    read,
    leave: () => gone()
  }
}

const watched = (size = 100) => {
  const governor = new Governor({ log: () => {} })
  const kept = new Kept(sightOf(governor), size)
  const follow = (wish: Partial<Wish> = {}, reads = true) => {
    const one = client(reads)
    kept.streams.open(one.sink, { hears: undefined, has: undefined, from: "Now", ...wish })
    return one
  }
  /** A service whose beginning and end are five events. */
  const hello = async (name: string) => {
    await governor.add(name, () => {}).start().whenOver()
    await setImmediate()
  }
  return { governor, kept, follow, hello }
}

const five = ["ServiceAdded", "ServiceStarting", "ServiceReady", "ServiceCompleted", "ServiceStopped"]

describe("the streams of events", () => {
  it("tell each event once, with its number and its type, from now on", async () => {
    const { follow, hello } = watched()
    await hello("a")
    const one = follow()
    await hello("b")
    expect(one.types()).toEqual(five)
    expect(one.messages().map(({ id }) => id)).toEqual([6, 7, 8, 9, 10])
    expect(one.messages()[1]!.data).toMatchObject({ _tag: "ServiceStarting", service: "b", sequence: 7 })
    expect(one.text()).toMatch(/^retry: \d+\n\n/)
  })

  it("begin with all statuses where that is asked for, and go on behind them", async () => {
    const { follow, governor, hello } = watched()
    await hello("a")
    const one = follow({ from: "Snapshot" })
    governor.add("b", () => {}).start()
    await hello("c")
    expect(one.types()).toEqual(["snapshot", ...five, ...five])
    const [first, second] = one.messages()
    expect(first).toMatchObject({ id: 5, data: { sequence: 5, services: [{ name: "a", _tag: "Stopped" }] } })
    expect(second!.id).toBe(6)
  })

  it("go on behind the event that a client had last, or begin again if that is not known", async () => {
    const { follow, hello } = watched(6)
    await hello("a")
    expect(follow({ has: 3, from: "Reset" }).types()).toEqual(five.slice(3))
    expect(follow({ has: 5, from: "Reset" }).types()).toEqual([])
    expect(follow({ has: 0, from: "Reset" }).types()).toEqual(five)
    await hello("b")
    const [atEdge, tooOld, ahead, unknown] = [4, 3, 11, undefined].map((has) => follow({ has, from: "Reset" }))
    await setImmediate()
    await setImmediate()
    expect(atEdge!.messages().map(({ id }) => id)).toEqual([5, 6, 7, 8, 9, 10])
    for (const one of [tooOld, ahead, unknown]) {
      expect(one!.types()).toEqual(["reset"])
      expect(one!.messages()[0]).toMatchObject({
        id: 10,
        data: { sequence: 10, services: [{ name: "a" }, { name: "b" }] }
      })
    }
  })

  it("tell only what a client wants to hear, with the numbers of all", async () => {
    const { follow, hello } = watched()
    const one = follow({ hears: (event) => event._tag === "ServiceReady" })
    await hello("a")
    await hello("b")
    expect(one.messages().map(({ id }) => id)).toEqual([3, 8])
    expect(follow({ has: 4, hears: (event) => event._tag === "ServiceReady", from: "Reset" }).messages()).toHaveLength(
      1
    )
  })

  it("cut a client that does not read, and nobody else", async () => {
    const { follow, hello, kept } = watched(10_000)
    const [slow, quick] = [follow({}, false), follow()]
    for (let i = 0; i < 800 && slow.state() === "Open"; i++) await hello(`service ${i}`)
    expect([slow.state(), quick.state(), kept.streams.size]).toEqual(["Cut", "Open", 1])
    const bytes = slow.text().length
    expect(bytes).toBeLessThanOrEqual(256 * 1024)
    await hello("later")
    expect(slow.text().length).toBe(bytes)
    expect(quick.messages().at(-1)?.data.service).toBe("later")
  })

  it("cut nobody who has read everything, however much one turn has to tell", async () => {
    const { follow, governor, kept } = watched()
    const quick = follow()
    for (let i = 0; i < 2500; i++) governor.add(`service ${i}`, () => {}).start()
    await governor.get("service 2499").whenOver()
    await setImmediate()
    expect([quick.state(), kept.streams.size]).toEqual(["Open", 1])
    expect(quick.text().length).toBeGreaterThan(256 * 1024)
  })

  it("send many statuses as the client reads them, and keep for so long what happens", async () => {
    const { follow, governor, hello } = watched()
    for (let i = 0; i < 1200; i++) governor.add(`service ${i}`, () => {})
    governor.status()
    const one = follow({ from: "Snapshot" }, false)
    await hello("late")
    expect(one.types()).toEqual([])
    one.read()
    await expect.poll(() => one.types()).toEqual(["snapshot", ...five])
    expect(one.messages()[0]!.data.services).toHaveLength(1200)
    expect(one.messages()[1]!.id).toBe(one.messages()[0]!.id + 1)
  })

  it("do not end in the middle of a snapshot, and end after the events that have waited for that", async () => {
    const { follow, governor, hello } = watched()
    await hello("a")
    const [early, quick] = [follow({ from: "Snapshot" }, false), follow()]
    await governor.shutdown()
    const late = follow({ from: "Snapshot" }, false)
    await expect.poll(() => quick.state()).toBe("Ended")
    expect([early.state(), late.state()]).toEqual(["Open", "Open"])
    early.read()
    late.read()
    await expect.poll(() => [early.state(), late.state()]).toEqual(["Ended", "Ended"])
    expect(early.types()).toEqual(["snapshot", "ShutdownStarted", "ShutdownCompleted"])
    expect(late.types()).toEqual(["snapshot"])
  })

  it("write no more to a client that leaves while it gets its snapshot", async () => {
    const { follow, hello } = watched()
    await hello("a")
    const one = follow({ from: "Snapshot" }, false)
    const before = one.text()
    one.read()
    one.leave()
    await setImmediate()
    await setImmediate()
    expect(one.text()).toBe(before)
  })

  it("end with the governor, after its last event, and keep nobody who has left", async () => {
    const { follow, governor, hello, kept } = watched()
    const [left, stays] = [follow(), follow()]
    left.leave()
    await hello("a")
    expect(left.messages()).toEqual([])
    await governor.shutdown()
    await expect.poll(() => stays.state()).toBe("Ended")
    expect(stays.types().slice(-2)).toEqual(["ShutdownStarted", "ShutdownCompleted"])
    expect(kept.streams.size).toBe(0)
    const late = follow({ has: 4, from: "Reset" })
    expect([late.state(), late.types().at(-1)]).toEqual(["Ended", "ShutdownCompleted"])
  })
})
