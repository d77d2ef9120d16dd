/** What is said and when, on a time that the test moves. */
import { describe, expect, it } from "vitest"
import type { GovernorEvent } from "../../../src/GovernorEvent.ts"
import { textOf } from "../../../src/node/notify/message.ts"
import { Speaker } from "../../../src/node/notify/Speaker.ts"

const base = { time: 0, sequence: 1 }
const of = (_tag: "ServiceReady" | "ServiceCompleted" | "ServiceAdded", service = "api") =>
  ({ ...base, _tag, service, run: 1 }) as const
const starting = (run: number) =>
  ({ ...base, _tag: "ServiceStarting", service: "api", run, restarts: run - 1 }) as const
const stopping = { ...base, _tag: "ServiceStopping", service: "api", run: 1, reason: "shutdown" } as const
const reason = { _tag: "Requested" } as const
const closing = (governor?: string): GovernorEvent => ({
  ...base,
  _tag: "ShutdownStarted",
  reason,
  ...(governor && { governor })
})
const closed = (governor?: string): GovernorEvent => ({
  ...base,
  _tag: "ShutdownCompleted",
  report: { reason, ok: true, duration: 1, services: [] },
  ...(governor && { governor })
})

/** A speaker, and each of its messages with the time. */
const aSpeaker = ({ cost = 0, hasStatus = true, isLimited = true }: {
  readonly cost?: number
  readonly isLimited?: boolean
  readonly hasStatus?: boolean
} = {}) => {
  let time = 0
  let status = "a"
  let looks = 0
  const said: Array<string> = []
  let timers: Array<{ readonly at: number; readonly task: () => void }> = []
  const later = (millis: number, task: () => void) => void timers.push({ at: time + millis, task })
  const speaker = new Speaker({
    now: () => time,
    later,
    soon: (task) => later(0, task),
    facts: () => {
      looks++
      time += cost
      return { status, extension: isLimited ? 9 : undefined }
    },
    put: (message) => void (message.size > 0 && said.push(`${time} ${textOf(message).replaceAll("\n", " ")}`))
  }, hasStatus)
  /** Moves the time, and runs what is due then. */
  const until = (to: number) => {
    for (;;) {
      const next = timers.filter(({ at }) => at <= to).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      timers = timers.filter((timer) => timer !== next)
      time = Math.max(time, next.at)
      next.task()
    }
    time = Math.max(time, to)
  }
  const hear = (event: GovernorEvent, news = status) => {
    status = news
    speaker.hear(event)
  }
  return { hear, ready: speaker.ready, until, said, looks: () => looks, timers: () => timers.length }
}

describe("a speaker", () => {
  it("says all of a life in its order", () => {
    const { hear, ready, said, until } = aSpeaker()
    hear(starting(1), "0 of 1")
    until(10)
    hear(of("ServiceReady"), "1 of 1")
    ready()
    until(5000)
    hear(closing(), "1 left")
    until(5001)
    hear(stopping, "0 left")
    hear(closed(), "over")
    until(60_000)
    expect(said).toEqual([
      "0 STATUS=0 of 1 EXTEND_TIMEOUT_USEC=9000",
      "10 READY=1 STATUS=1 of 1",
      "5000 STOPPING=1 STATUS=1 left EXTEND_TIMEOUT_USEC=9000",
      "5001 STATUS=over"
    ])
  })

  it("says nothing, looks nothing up and has no timer while nothing happens", () => {
    const { hear, looks, ready, said, timers, until } = aSpeaker()
    until(60_000)
    hear(of("ServiceReady"))
    ready()
    until(120_000)
    expect([said, looks(), timers()]).toEqual([["60000 READY=1 STATUS=a"], 1, 0])
  })

  it("says the news once a second at the most, and the latest of them", () => {
    const { hear, said, until } = aSpeaker({ isLimited: false })
    for (let i = 0; i < 100; i++) {
      hear(starting(i), `news ${i}`)
      until(i * 25)
    }
    until(10_000)
    expect(said).toEqual(["0 STATUS=news 0", "1000 STATUS=news 40", "2000 STATUS=news 80", "3000 STATUS=news 99"])
  })

  it("says no news twice", () => {
    const { hear, said, until } = aSpeaker({ isLimited: false })
    hear(starting(1), "same")
    until(5000)
    hear(starting(2), "same")
    until(9000)
    expect(said).toEqual(["0 STATUS=same"])
  })

  it.each<[what: string, event: GovernorEvent, extends_: boolean]>([
    ["a service begins for the first time", starting(1), true],
    ["a service is ready", of("ServiceReady"), true],
    ["a service has completed", of("ServiceCompleted"), true],
    ["a service begins again", starting(2), false],
    ["a service is added", of("ServiceAdded"), false]
  ])("%s: the start is extended, or not, by that", (_, event, extends_) => {
    const { hear, said, until } = aSpeaker({ hasStatus: false })
    hear(event)
    until(60_000)
    expect(said).toEqual(extends_ ? ["0 EXTEND_TIMEOUT_USEC=9000"] : [])
  })

  it("extends nothing of which no limit is known", () => {
    const { hear, said, until } = aSpeaker({ isLimited: false })
    hear(starting(1))
    until(5000)
    hear(closing(), "b")
    until(5000)
    expect(said).toEqual(["0 STATUS=a", "5000 STOPPING=1 STATUS=b"])
  })

  it("extends nothing once it has said READY, whatever happens", () => {
    const { hear, ready, said, until } = aSpeaker({ hasStatus: false })
    ready()
    until(0)
    for (const event of [starting(1), of("ServiceReady"), stopping, starting(2)]) hear(event)
    until(60_000)
    expect(said).toEqual(["0 READY=1"])
  })

  it("extends a shutdown only when something has happened, and once a second at the most", () => {
    const { hear, said, until } = aSpeaker({ hasStatus: false })
    hear(closing())
    until(10)
    hear(stopping)
    hear(stopping)
    until(60_000)
    expect(said).toEqual(["0 STOPPING=1 EXTEND_TIMEOUT_USEC=9000", "1000 EXTEND_TIMEOUT_USEC=9000"])
  })

  it("looks once a second how a shutdown goes, until it is over", () => {
    const { hear, looks, said, timers, until } = aSpeaker({ isLimited: false })
    hear(closing())
    until(3500)
    expect(looks()).toBe(4)
    hear(closed(), "over")
    until(60_000)
    expect([looks(), timers(), said]).toEqual([5, 0, ["0 STOPPING=1 STATUS=a", "3500 STATUS=over"]])
  })

  it("has one timer more than it needs at the most, however much happens", () => {
    const { hear, looks, timers, until } = aSpeaker()
    hear(starting(1))
    until(10)
    hear(starting(2))
    hear(closing())
    until(500)
    expect(timers()).toBe(2) // that of the news, which says nothing any more, and that of the shutdown
    for (const event of [stopping, of("ServiceCompleted"), stopping]) hear(event)
    expect(timers()).toBe(2)
    until(5000)
    expect([timers(), looks()]).toEqual([1, 6])
  })

  it("says STOPPING also if the shutdown is over in the same turn", () => {
    const { hear, said, until } = aSpeaker({ isLimited: false })
    hear(closing())
    hear(closed())
    until(0)
    expect(said).toEqual(["0 STOPPING=1 STATUS=a"])
  })

  it("says no READY once a shutdown has begun", () => {
    const { hear, ready, said, until } = aSpeaker({ hasStatus: false, isLimited: false })
    hear(closing())
    ready()
    until(60_000)
    expect(said).toEqual(["0 STOPPING=1"])
  })

  it("takes the shutdown of a governor inside for news only", () => {
    const { hear, said, until } = aSpeaker({ isLimited: false })
    hear(closing("ingest"))
    hear(closed("ingest"))
    until(60_000)
    expect(said).toEqual(["0 STATUS=a"])
  })

  it("looks more rarely if that takes long: one fiftieth of the time at the most", () => {
    const { hear, looks, until } = aSpeaker({ cost: 100 })
    for (let time = 0; time < 60_000; time += 100) {
      hear(starting(2))
      until(time)
    }
    expect(looks()).toBe(12)
  })
})
