/**
 * Does what somebody wants on the page.
 */
import type { Plan } from "../operations/plan.ts"
import type { Acts } from "./acts.ts"
import { hashOf, type Wish } from "./address.ts"
import { fileNameOf, leftOutInWords, readIn, textOf } from "./file.ts"
import type { Following } from "./following.ts"
import { send } from "./order.ts"
import type { Door } from "./request.ts"
import { type Message, type State, timeOf } from "./store.ts"
import type { Token } from "./tokens.ts"

interface Means {
  readonly door: Omit<Door, "signal">
  readonly following: Following
  readonly reading: Token
  readonly control: Token
  readonly stateOf: () => State
  readonly tell: (message: Message) => void
  /** What the command would do that is shown. */
  readonly planOf: () => Plan | undefined
}

export const actsOf = (means: Means): Acts => {
  const { control, following, reading, stateOf, tell } = means
  return {
    select: (service) => wish(means, { service }, true),
    // Back in time is a step: the browser comes back from it to what is now. From moment to moment is none.
    wish: (part) => wish(means, part, part.at !== undefined && stateOf().wish.at === undefined),
    fold: (path, isFolded) => tell({ _tag: "Folded", path, isFolded }),
    ask: (order) => {
      const state = stateOf()
      const run = state.recording?.view(timeOf(state)).services.get(order.service)?.run ?? 0
      tell({ _tag: "Asked", order, run })
    },
    send: (token) => void command(means, token),
    close: () => tell({ _tag: "Closed" }),
    unlock: (token) => {
      reading.set(token)
      following.goOn()
    },
    lock: () => {
      control.forget()
      tell({ _tag: "Unlocked", mayCommand: false })
    },
    pollLines: following.pollLines,
    save: () => save(means),
    open: (file) => void open(means, file),
    live: () => {
      wish(means, { at: undefined })
      if (stateOf().connection._tag === "File") following.begin()
    },
    dismiss: () => tell({ _tag: "Noticed", text: undefined }),
    unhelp: () => tell({ _tag: "Helped", isShown: false })
  }
}

/** The address says what is looked at, but not in a file: others do not have it. `isStep`: the browser comes back from it. */
const wish = ({ stateOf, tell }: Means, part: Partial<Wish>, isStep = false): void => {
  tell({ _tag: "Wished", wish: part })
  const { connection, wish } = stateOf()
  const shared = connection._tag === "File" ? { ...wish, at: undefined } : wish
  const url = hashOf(shared) || location.pathname + location.search
  if (isStep && location.hash !== hashOf(shared)) history.pushState(null, "", url)
  else history.replaceState(null, "", url)
}

const command = async ({ control, door, planOf, stateOf, tell }: Means, token: string | undefined): Promise<void> => {
  const { asking } = stateOf()
  if (asking === undefined) return
  if (token !== undefined && token !== "") control.set(token)
  tell({ _tag: "Sent", plan: planOf() })
  const result = await send(door, asking.order, asking.run, control.get())
  if (result._tag === "Refused" && result.status === 401) control.forget()
  tell({ _tag: "Unlocked", mayCommand: control.get() !== undefined })
  tell({ _tag: "Answered", result })
}

/** For how long it is said what was done, in milliseconds. */
const moment = 6000

const save = ({ stateOf, tell }: Means): void => {
  const state = stateOf()
  const { recording } = state
  if (recording === undefined) return
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([...textOf(recording, timeOf(state))], { type: "application/x-ndjson" }))
  link.download = fileNameOf(recording.head.governor, timeOf(state))
  link.click()
  const text = `Saved as ${link.download}.`
  tell({ _tag: "Noticed", text })
  setTimeout(() => stateOf().notice === text && tell({ _tag: "Noticed", text: undefined }), moment)
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000) // a large file takes its time
}

const open = async (means: Means, file: File): Promise<void> => {
  const { following, tell } = means
  try {
    const { leftOut, recording } = await readIn(file.stream().pipeThrough(new TextDecoderStream()))
    following.end()
    tell({ _tag: "Opened", recording, name: file.name })
    wish(means, {})
    if (leftOut > 0) tell({ _tag: "Noticed", text: leftOutInWords(leftOut) })
  } catch (error) {
    tell({ _tag: "Noticed", text: `${file.name}: ${error instanceof Error ? error.message : String(error)}` })
  }
}
