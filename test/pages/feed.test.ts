import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { follow, readLines } from "../../src/page/feed.ts"
import { initial, type Message, type State, update } from "../../src/page/store.ts"
import { madeView, running } from "../operations/made.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What a governor answers, one after the other, at each path. */
type Answer = Response | Error

/** A stream that the test writes. */
const written = () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 100 })
  const writer = writable.getWriter()
  return {
    answer: new Response(readable, { status: 200 }),
    write: (text: string) => void writer.write(new TextEncoder().encode(text)),
    end: () => void writer.close(),
    break: () => void writer.abort(new TypeError("network error"))
  }
}

/** A page that follows a governor with these answers. */
const followed = (answers: Readonly<Record<string, ReadonlyArray<Answer>>>, token?: string) => {
  const asked: Array<string> = []
  const told: Array<string> = []
  const signals: Array<AbortSignal> = []
  const left = new Map(Object.entries(answers).map(([path, all]) => [path, [...all]]))
  const stop = new AbortController()
  let state: State = initial(Date.now())
  const done = follow({
    base: "",
    signal: stop.signal,
    token: () => token,
    tell: (message: Message) => {
      told.push(message._tag)
      state = update(state, message, Date.now())
    },
    fetch: async (path, init) => {
      signals.push(init.signal!)
      const headers = new Headers(init.headers)
      asked.push(
        [path, headers.get("last-event-id"), headers.get("authorization")].filter((part) => part !== null).join(" ")
      )
      const answer = left.get(path)?.shift() ?? new TypeError("fetch failed")
      if (answer instanceof Error) throw answer
      const body = answer.body?.pipeThrough(new TransformStream(), { signal: init.signal! }) ?? null
      return new Response(body, answer)
    }
  })
  return {
    asked,
    told,
    signals,
    state: () => state,
    stop,
    done,
    settle: (millis = 0) => vi.advanceTimersByTimeAsync(millis)
  }
}

const incident = (epoch: string, sequence = 1): Response => {
  const [status] = madeView({ api: { status: running } }).services.values()
  const head = { apiVersion: "governor/v1", governor: "g", epoch, sequence, now: 1000 }
  return new Response([{ incident: head }, { status }].map((entry) => `${JSON.stringify(entry)}\n`).join(""))
}

const stopped = (sequence: number): string =>
  `id: a-${sequence}\nevent: ServiceStopped\ndata: ${
    JSON.stringify({ _tag: "ServiceStopped", service: "api", run: 1, time: 2000, sequence })
  }\n\n`

const stateOfApi = (state: State) => state.recording?.view(0).services.get("api")?._tag

test("all that is kept is read, and then the events that follow it are heard", async () => {
  const stream = written()
  const page = followed({ incident: [incident("a")], events: [stream.answer] }, "secret")
  await page.settle()
  expect([page.state().connection._tag, stateOfApi(page.state())]).toEqual(["Open", "Running"])
  expect(page.asked).toEqual(["incident Bearer secret", "events a-1 Bearer secret"])
  stream.write(`retry: 1000\n\n${stopped(2)}`)
  await page.settle()
  expect(stateOfApi(page.state())).toBe("Stopped")
  expect(page.state().recording?.latest).toBe(2)
})

test("a stream that breaks is followed again behind the last event", async () => {
  const [first, second] = [written(), written()]
  const page = followed({ incident: [incident("a")], events: [first.answer, new TypeError("failed"), second.answer] })
  await page.settle()
  first.write(stopped(2))
  await page.settle()
  first.break()
  await page.settle()
  expect(page.state().connection).toMatchObject({ _tag: "Lost", problem: "nobody answers" })
  await page.settle(5000)
  second.write(":\n\n")
  await page.settle()
  expect(page.asked).toEqual(["incident", "events a-1", "events a-2", "events a-2"])
  expect(page.state().connection._tag).toBe("Open")
})

test.each([["reset"], ["snapshot"]])("a %s is read anew, and never looks live before", async (type) => {
  const [first, second] = [written(), written()]
  const page = followed({ incident: [incident("a"), incident("b", 9)], events: [first.answer, second.answer] })
  first.write("retry: 1000\n\n")
  await page.settle()
  first.break()
  await page.settle(800)
  expect(page.state().connection._tag).toBe("Open") // the second, which is quiet, so nothing was missed
  second.write(`id: b-9\nevent: ${type}\ndata: {}\n\n`)
  await page.settle()
  expect(page.state().recording?.head.epoch).toBe("b")
  expect(page.state().restartedAt).toBeDefined()
})

test.each([0, 100])(
  "a stream whose reset comes %i ms late never looks as if it were of the process before",
  async (late) => {
    const [first, second] = [written(), written()]
    const page = followed({ incident: [incident("a"), new TypeError("failed")], events: [first.answer, second.answer] })
    await page.settle(300)
    first.break()
    await page.settle()
    const before = page.told.length
    second.write("retry: 1000\n\n")
    await page.settle(1000 + late)
    expect(page.asked.at(-1)).toBe("events a-1")
    second.write("id: b-9\nevent: reset\ndata: {}\n\n")
    await page.settle(400)
    expect(page.asked.filter((path) => path === "incident").length).toBeGreaterThan(1)
    expect(page.told.slice(before)).not.toContain("Heard")
    expect(page.state().connection._tag).toBe("Lost")
  }
)

test("the page comes back soon, and more and more seldom while nobody answers", async () => {
  const stream = written()
  const page = followed({ incident: [incident("a")], events: [stream.answer] })
  await page.settle()
  stream.write("retry: 1000\n\n")
  await page.settle()
  stream.break()
  const counts: Array<number> = []
  for (let i = 0; i < 12; i++) {
    await page.settle(1000)
    counts.push(page.asked.length - 2)
  }
  expect(counts).toEqual([1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5])
})

test("two processes that answer by turns are not asked without a pause", async () => {
  const reset = () => new Response("id: b-9\nevent: reset\ndata: {}\n\n")
  const many = Array.from({ length: 50 })
  const page = followed({
    incident: many.map((_, i) => incident(i % 2 === 0 ? "a" : "b")),
    events: many.map(reset)
  })
  await page.settle(5000)
  expect(page.asked.length).toBeGreaterThan(15)
  expect(page.asked.length).toBeLessThan(25)
})

test("a stream on which nothing comes is given up, and signs of life keep it", async () => {
  const stream = written()
  const page = followed({ incident: [incident("a")], events: [stream.answer] })
  await page.settle()
  stream.write("retry: 1000\n\n")
  for (let i = 0; i < 5; i++) {
    await page.settle(15_000)
    stream.write(":\n\n")
  }
  await page.settle(19_000)
  expect(page.state().connection._tag).toBe("Open")
  await page.settle(1500)
  expect(page.state().connection).toMatchObject({ _tag: "Lost" })
})

test("after the shutdown the page asks whether another process follows, and says that this one is over until then", async () => {
  const stream = written()
  const over = new Response(null, { status: 204 })
  const page = followed({ incident: [incident("a"), incident("b")], events: [stream.answer, over] })
  await page.settle()
  const end = {
    _tag: "ShutdownCompleted",
    sequence: 2,
    time: 1,
    report: { ok: true, reason: { _tag: "AllOver" }, duration: 0, services: [] }
  }
  stream.write(`id: a-2\nevent: ShutdownCompleted\ndata: ${JSON.stringify(end)}\n\n`)
  await page.settle()
  expect(page.state().connection._tag).toBe("Over")
  await page.settle(2500)
  expect(page.asked.at(-1)).toBe("events a-2")
  expect(page.state().connection._tag).toBe("Over")
})

test.each([[undefined, false], ["wrong", true]])(
  "with the token %s it is said that a token is needed",
  async (token, isWrong) => {
    const page = followed({ incident: [new Response("", { status: 401 })] }, token)
    await page.done
    expect(page.state().connection).toEqual({ _tag: "Locked", isWrong })
  }
)

test("what is refused says why", async () => {
  const headers = { "content-type": "application/problem+json" }
  const page = followed({ incident: [new Response("{\"detail\":\"no such host\"}", { status: 421, headers })] })
  await page.settle()
  expect(page.state().connection).toMatchObject({ _tag: "Connecting", problem: "no such host" })
})

test("a page that is closed asks nothing more, and says nothing", async () => {
  const stream = written()
  const page = followed({ incident: [incident("a")], events: [stream.answer] })
  await page.settle()
  page.stop.abort()
  await page.done
  const told = page.told.length
  await page.settle(60_000)
  expect([page.asked.length, page.told.length]).toEqual([2, told])
})

test("how a service is supervised that was added since is asked for once", async () => {
  const stream = written()
  const spec = madeView({ new: { status: running, dependsOn: ["api"] } }).specs.get("new")!
  const removed = { ...spec, name: "removed" } // it was, after this was answered
  const page = followed({
    incident: [incident("a")],
    events: [stream.answer],
    graph: [new Response(JSON.stringify({ nodes: [{ spec }, { spec: removed }, { spec: { name: "new" } }, null, {}] }))]
  })
  await page.settle()
  for (const sequence of [2, 3]) {
    const event = { _tag: "ServiceAdded", service: "new", run: 0, time: 1, sequence }
    stream.write(`id: a-${sequence}\nevent: ServiceAdded\ndata: ${JSON.stringify(event)}\n\n`)
  }
  await page.settle(1000)
  expect(page.asked.filter((path) => path === "graph")).toHaveLength(1)
  expect(page.state().recording?.specs.get("new")).toEqual(spec)
  expect(page.state().recording?.specs.has("removed")).toBe(false)
})

test("a service that was removed and added again is asked for again", async () => {
  const stream = written()
  const spec = madeView({ api: { status: running, dependsOn: ["new"] } }).specs.get("api")!
  const page = followed({
    incident: [incident("a")],
    events: [stream.answer],
    graph: [new Response(JSON.stringify({ nodes: [{ name: "api", spec }] }))]
  })
  await page.settle()
  page.state().recording!.take({ spec: madeView({ api: { status: running } }).specs.get("api")! })
  for (const [sequence, _tag] of [[2, "ServiceAdded"], [3, "ServiceRemoved"], [4, "ServiceAdded"]] as const) {
    const data = JSON.stringify({ _tag, service: "api", run: 0, time: 1, sequence })
    stream.write(`id: a-${sequence}\nevent: ${_tag}\ndata: ${data}\n\n`)
    await page.settle(1000)
    expect(page.asked.includes("graph")).toBe(sequence === 4)
  }
  expect(page.state().recording?.specs.get("api")).toEqual(spec)
})

test.each([
  ["another program", "<html>", /no incident.*"<html>" is not JSON/],
  ["another program in JSON", "{\"status\":\"ok\"}", /no incident.*the head/],
  ["a later version", "{\"incident\":{\"apiVersion\":\"governor/v2\"}}", /no incident/],
  ["nobody", "", /empty/]
])("the answer of %s is not shown, and is said to be none", async (_, text, problem) => {
  const page = followed({ incident: [new Response(`${text}\n`)] })
  await page.settle()
  expect(page.state().recording).toBeUndefined()
  expect(page.state().connection).toMatchObject({ problem: expect.stringMatching(problem) as string })
})

test("events that are not known, or not as they have to be, are passed over", async () => {
  const stream = written()
  const page = followed({ incident: [incident("a")], events: [stream.answer] })
  await page.settle()
  for (
    const data of [{ _tag: "ServiceBlessed", service: "api", run: 1, time: 1, sequence: 2 }, { _tag: 7 }, null, [], "x"]
  ) {
    stream.write(`id: a-2\nevent: Later\ndata: ${JSON.stringify(data)}\n\n`)
  }
  stream.write(stopped(3))
  await page.settle()
  expect(stateOfApi(page.state())).toBe("Stopped")
  expect(page.state().recording?.events).toHaveLength(1)
})

test("a character and a line that come in two pieces are one", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 1000 })
  const page = followed({ incident: [incident("a")], events: [new Response(readable)] })
  await page.settle()
  const writer = writable.getWriter()
  const cause = { name: "Error", message: "ü€😀", stack: "" }
  const event = { _tag: "ServiceCrashed", service: "api", run: 1, time: 1, sequence: 2, cause }
  for (const byte of new TextEncoder().encode(`id: a-2\ndata: ${JSON.stringify(event)}\n\n`)) {
    void writer.write(new Uint8Array([byte]))
  }
  await page.settle()
  expect(page.state().recording?.events).toEqual([event])
})

test("a connection is let go, whatever came of it", async () => {
  const [broken, next] = [written(), written()]
  const page = followed({
    incident: [new Response("busy", { status: 500 }), incident("a")],
    events: [broken.answer, next.answer]
  })
  await page.settle(2000)
  broken.write("data: {\n\n")
  await page.settle(2000)
  expect(page.asked).toEqual(["incident", "incident", "events a-1", "events a-1"])
  expect(page.signals.map(({ aborted }) => aborted)).toEqual([true, true, true, false])
})

test("a token that cannot be in a header is a wrong one, and not a network that is down", async () => {
  const page = followed({ incident: [new Response("", { status: 401 })] }, "“secret” 😀\n")
  await page.settle()
  expect(page.state().connection).toEqual({ _tag: "Locked", isWrong: true })
})

test("lines of the log are read behind the last one that is there", async () => {
  const asked: Array<string> = []
  const door = {
    base: "",
    signal: new AbortController().signal,
    token: () => undefined,
    fetch: async (path: string) => {
      asked.push(path)
      return new Response(JSON.stringify({ lines: [{ id: 7, level: "info", message: "m", time: 1 }] }))
    }
  }
  const page = followed({ incident: [incident("a")], events: [written().answer] })
  await page.settle()
  const { recording } = page.state()
  await readLines(door, recording!)
  await readLines(door, recording!)
  expect(asked).toEqual(["logs?limit=2000&after=0", "logs?limit=2000&after=7"])
  expect(recording!.lines).toHaveLength(1)
})
