/**
 * What follows from a key, or from what was heard. Pure.
 */
import type { Key } from "./keys.ts"
import { type Act, arranged, type Effect, indexIn, type Message, orders, roomOf, seen, type State } from "./state.ts"

export interface Next {
  readonly state: State
  readonly effect?: Effect
}

export const update = (state: State, message: Message): Next => {
  switch (message._tag) {
    case "Key":
      return onKey({ ...state, note: undefined }, message.key)
    case "Resized":
      return { state: scrolled({ ...state, size: message.size }) }
    case "Seen":
      return { state: scrolled(seen(state, message.view)) }
    case "Clustered":
      return { state: scrolled(arranged({ ...state, cluster: message.cluster })) }
    case "Clock":
      return { state: { ...state, now: message.now } }
    case "Linked":
      return { state: { ...state, link: message.link } }
    case "Planned":
      return { state: planned(state, message) }
    case "Noted":
      return { state: { ...state, mode: withoutQuestion(state), note: message.note } }
  }
}

const planned = (state: State, { path, plan }: Extract<Message, { readonly _tag: "Planned" }>): State =>
  state.mode._tag === "Confirm" && state.mode.path === path ? { ...state, mode: { ...state.mode, plan } } : state

const withoutQuestion = ({ mode }: State): State["mode"] => mode._tag === "Confirm" ? { _tag: "List" } : mode

/** The chosen service is on the screen. */
const scrolled = (state: State): State => {
  const { items } = state
  const room = roomOf(state.size)
  const index = indexIn(items, state.chosen)
  const last = Math.max(0, items.length - room)
  const first = Math.min(last, Math.max(index - room + 1, Math.min(state.first, index)))
  return first === state.first ? state : { ...state, first }
}

const onKey = (state: State, key: Key): Next => {
  if (key === "Interrupt") return { state, effect: { _tag: "Quit" } }
  if (key === "Suspend") return { state, effect: { _tag: "Suspend" } }
  if (key === "Redraw") return { state, effect: { _tag: "Redraw" } }
  switch (state.mode._tag) {
    case "List":
      return inList(state, key)
    case "Filter":
      return { state: inFilter(state, key) }
    case "Why":
      return inWhy(state, state.mode, key)
    case "Help":
      return { state: { ...state, mode: { _tag: "List" } } }
    case "Confirm":
      return inConfirm(state, state.mode, key)
  }
}

const inList = (state: State, key: Key): Next => {
  if (typeof key === "object") return onTyped(state, key.typed)
  const room = roomOf(state.size)
  switch (key) {
    case "Up":
      return { state: moved(state, -1) }
    case "Down":
      return { state: moved(state, 1) }
    case "PageUp":
      return { state: moved(state, -room) }
    case "PageDown":
      return { state: moved(state, room) }
    case "Home":
      return { state: moved(state, -Infinity) }
    case "End":
      return { state: moved(state, Infinity) }
    case "Left":
      return { state, effect: { _tag: "Step", by: -1 } }
    case "Right":
      return { state, effect: { _tag: "Step", by: 1 } }
    case "Enter": {
      const [node] = state.items[indexIn(state.items, state.chosen)] ?? []
      return { state: node === undefined ? state : { ...state, mode: { _tag: "Why", path: node.path, first: 0 } } }
    }
    case "Escape":
      return { state: scrolled(arranged({ ...state, filter: "", chosen: undefined })) }
    default:
      return { state }
  }
}

const acts: Readonly<Record<string, Act>> = { r: "restart", x: "stop", u: "start" }

const onTyped = (state: State, typed: string): Next => {
  const act = acts[typed]
  if (act !== undefined) {
    const { items } = state
    return asked(state, act, items[indexIn(items, state.chosen)]?.[0].path)
  }
  switch (typed) {
    case "q":
      return { state, effect: { _tag: "Quit" } }
    case "?":
    case "h":
      return { state: { ...state, mode: { _tag: "Help" } } }
    case "/":
      return { state: { ...state, mode: { _tag: "Filter" } } }
    case "s":
      return {
        state: scrolled(
          arranged({ ...state, isTree: false, order: orders[(orders.indexOf(state.order) + 1) % orders.length]! })
        )
      }
    case "t":
      return { state: scrolled(arranged({ ...state, isTree: !state.isTree })) }
    case "k":
      return { state: moved(state, -1) }
    case "j":
      return { state: moved(state, 1) }
    case "[":
      return { state, effect: { _tag: "Step", by: -10 } }
    case "]":
      return { state, effect: { _tag: "Step", by: 10 } }
    case "n":
      return { state, effect: { _tag: "Step", by: Infinity } }
    default:
      return { state }
  }
}

const moved = (state: State, by: number): State => {
  const { items } = state
  const index = Math.min(items.length - 1, Math.max(0, indexIn(items, state.chosen) + by))
  return scrolled({ ...state, chosen: items[index]?.[0].path })
}

const inFilter = (state: State, key: Key): State => {
  const filtered = (filter: string): State => scrolled(arranged({ ...state, filter, chosen: undefined, first: 0 }))
  if (typeof key === "object") return filtered(state.filter + key.typed)
  switch (key) {
    case "Backspace":
      return filtered(Array.from(state.filter).slice(0, -1).join(""))
    case "Escape":
      return { ...filtered(""), mode: { _tag: "List" } }
    case "Enter":
    case "Up":
    case "Down":
      return { ...state, mode: { _tag: "List" } }
    default:
      return state
  }
}

const inWhy = (state: State, mode: Extract<State["mode"], { readonly _tag: "Why" }>, key: Key): Next => {
  const room = roomOf(state.size)
  const to = (first: number): Next => ({ state: { ...state, mode: { ...mode, first: Math.max(0, first) } } })
  const act = typeof key === "object" ? acts[key.typed] : undefined
  if (act !== undefined) return asked(state, act, mode.path)
  switch (key) {
    case "Up":
      return to(mode.first - 1)
    case "Down":
      return to(mode.first + 1)
    case "PageUp":
      return to(mode.first - room)
    case "PageDown":
      return to(mode.first + room)
    case "Left":
      return { state, effect: { _tag: "Step", by: -1 } }
    case "Right":
      return { state, effect: { _tag: "Step", by: 1 } }
    default:
      return { state: { ...state, mode: { _tag: "List" } } }
  }
}

/** Shows whom it hits before it is done, and is for the run that is on the screen. */
const asked = (state: State, act: Act, path: string | undefined): Next => {
  const status = path === undefined ? undefined : state.all.view.services.get(path)
  if (path === undefined || status === undefined) return { state }
  const refused = whyNot(state)
  if (refused !== undefined) return { state: { ...state, note: refused } }
  return {
    state: { ...state, mode: { _tag: "Confirm", act, path, run: status.run } },
    effect: { _tag: "Plan", act, path }
  }
}

const whyNot = ({ at, link, mayAct }: State): string | undefined => {
  if (link._tag === "File") return "this is a file: nothing can be done any more"
  if (at !== undefined) return "this was: press n for now"
  if (link._tag !== "Live") return "the governor does not answer"
  return mayAct ? undefined : "commands need a token: --token, or OPS_TOKEN"
}

const inConfirm = (state: State, mode: Extract<State["mode"], { readonly _tag: "Confirm" }>, key: Key): Next => {
  const list: State = { ...state, mode: { _tag: "List" } }
  const isYes = typeof key === "object" && key.typed.toLowerCase() === "y"
  // Who says yes before the plan is there does not know to what.
  if (isYes && mode.plan === undefined) return { state }
  if (!isYes || mode.plan?.refused !== undefined) return { state: { ...list, note: "nothing was done" } }
  const { act, path, run } = mode
  return { state: { ...list, note: `${act} ${path} …` }, effect: { _tag: "Command", act, path, run } }
}
