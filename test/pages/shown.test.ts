import { expect, test } from "vitest"
import { Recording } from "../../src/operations/Recording.ts"
import { showing } from "../../src/page/shown.ts"
import { initial, type Message, type State, update } from "../../src/page/store.ts"
import { crash, madeView, running } from "../operations/made.ts"

const head = { apiVersion: "governor/v1", governor: "g", epoch: "e", sequence: 1, now: 0 } as const

/** A page with a clock that goes on when it is looked at: so long takes what is made less often. */
const page = (cost = 10) => {
  let clock = 0
  const recording = new Recording(head)
  const view = madeView({ api: { status: running }, db: { status: running } })
  for (const status of view.services.values()) recording.take({ status })
  for (const spec of view.specs.values()) recording.take({ spec })
  const delays: Array<number> = []
  const shownOf = showing(() => (clock += cost), (millis) => void delays.push(millis))
  let state: State = initial(0)
  const tell = (message: Message) => void (state = update(state, message, clock))
  tell({ _tag: "Loaded", recording, ahead: 0 })
  return {
    recording,
    delays,
    tell,
    hear: () => {
      recording.take({ event: crash("api", recording.latest + 1) })
      tell({ _tag: "Heard" })
    },
    pass: (millis: number) => void (clock += millis),
    shown: () => shownOf(state)!
  }
}

test("nothing is shown before the governor was heard", () => {
  expect(showing(() => 0, () => undefined)(initial(0))).toBeUndefined()
})

test("rows follow each event, and what costs more follows later", () => {
  const { delays, hear, pass, shown } = page()
  const first = shown()
  expect(first.paced.view).toBe(first.view)
  hear()
  const second = shown()
  expect([second.view.sequence, second.rows[0]!.status.crashes]).toEqual([2, 1])
  expect(second.paced).toBe(first.paced)
  expect(delays).toEqual([190])
  pass(200)
  expect(shown().paced.view.sequence).toBe(2)
})

test("what takes long is made so seldom that it takes a fifth of the time", () => {
  const { delays, hear, shown } = page(1000)
  shown()
  hear()
  shown()
  expect(delays).toEqual([4000]) // five times as long as it took, less the look at the clock
})

test("the same state is shown as the same, so that nothing is drawn again", () => {
  const { shown } = page()
  const { paced, view } = shown()
  expect(shown().view).toBe(view)
  expect(shown().paced).toBe(paced)
})

test("who thinks about a command is shown at once what it would do", () => {
  const { delays, shown, tell } = page()
  shown()
  tell({ _tag: "Asked", order: { _tag: "Stop", service: "db" }, run: 1 })
  expect(shown().paced.plan?.sentence).toMatch(/^stops db/)
  expect(delays.length).toBeLessThan(2)
  tell({ _tag: "Asked", order: { _tag: "Stop", service: "api" }, run: 1 })
  expect(shown().paced.plan?.sentence).toMatch(/^stops api/)
  tell({ _tag: "Closed" })
  expect(shown().paced.plan).toBeUndefined()
})

test("a moment is shown as it was, while the governor goes on", () => {
  const { hear, pass, shown, tell } = page()
  hear()
  hear()
  tell({ _tag: "Wished", wish: { at: { epoch: "e", sequence: 2 } } })
  const then = shown()
  expect([then.view.sequence, then.rows[0]!.status.crashes]).toEqual([2, 1])
  hear()
  pass(1000)
  expect(shown().view).toBe(then.view)
  tell({ _tag: "Wished", wish: { at: undefined } })
  expect(shown().view.sequence).toBe(4)
})
