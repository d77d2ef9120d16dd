/**
 * Everything that the page knows, as one plain record, and how it changes. Pure: the recording itself is filled by who has
 * heard of the governor, and says so by a message.
 */
import type { Cluster } from "../operations/inCluster.ts"
import type { Command, Plan } from "../operations/plan.ts"
import type { Recording } from "../operations/Recording.ts"
import { noWish, type Wish } from "./address.ts"
import { type Connection, knownUntil, standingOf } from "./connection.ts"

/** A command of one service. */
export type Order = Extract<Command, { readonly service: string }>

/** A command on its way from what it would do to what came of it. */
export interface Asking {
  readonly order: Order
  /** The run that the command is for: another one that has begun since is not hit. */
  readonly run: number
  readonly step:
    | { readonly _tag: "Preview" }
    | { readonly _tag: "Sent"; readonly plan: Plan | undefined }
    | { readonly _tag: "Answered"; readonly plan: Plan | undefined; readonly result: Result }
}

/** What came of a command. */
export type Result =
  /** `isReached`: the state is reached that the command asks for. */
  | { readonly _tag: "Done"; readonly isReached: boolean }
  | { readonly _tag: "Refused"; readonly status: number; readonly problem: string }

export interface State {
  readonly connection: Connection
  readonly recording: Recording | undefined
  /** What the governor knows of its cluster, if it is in one. */
  readonly cluster: Cluster | undefined
  /** How many messages there were: what is made of the recording is made again after each. */
  readonly version: number
  /** By how much the clock of the governor is ahead of that of the browser, in milliseconds. */
  readonly ahead: number
  /** By the clock of the browser. */
  readonly now: number
  readonly wish: Wish
  /** The services whose inside is not shown. */
  readonly folded: ReadonlySet<string>
  /** When the page has noticed that another process answers than before. */
  readonly restartedAt: number | undefined
  /** Whether a token for commands was said. */
  readonly mayCommand: boolean
  readonly asking: Asking | undefined
  /** Whether the keys are shown. */
  readonly isHelped: boolean
  /** What came of a file. */
  readonly notice: string | undefined
}

export type Message =
  | { readonly _tag: "Ticked" }
  /** It begins anew, as at first. */
  | { readonly _tag: "Connecting" }
  /** All was read that is kept of a governor, whose clock is so far ahead. */
  | { readonly _tag: "Loaded"; readonly recording: Recording; readonly ahead: number }
  /** The stream is open, or something of it came and is in the recording. */
  | { readonly _tag: "Heard" }
  | { readonly _tag: "Clustered"; readonly cluster: Cluster | undefined }
  | { readonly _tag: "Lost"; readonly problem: string }
  | { readonly _tag: "Ended" }
  | { readonly _tag: "Rested" }
  | { readonly _tag: "Locked"; readonly isWrong: boolean }
  | { readonly _tag: "Opened"; readonly recording: Recording; readonly name: string }
  | { readonly _tag: "Noticed"; readonly text: string | undefined }
  | { readonly _tag: "Wished"; readonly wish: Partial<Wish> }
  | { readonly _tag: "Helped"; readonly isShown: boolean }
  | { readonly _tag: "Folded"; readonly path: string; readonly isFolded: boolean }
  | { readonly _tag: "Unlocked"; readonly mayCommand: boolean }
  | { readonly _tag: "Asked"; readonly order: Order; readonly run: number }
  | { readonly _tag: "Sent"; readonly plan: Plan | undefined }
  | { readonly _tag: "Answered"; readonly result: Result }
  | { readonly _tag: "Closed" }

export const initial = (now: number, wish: Wish = noWish, mayCommand = false): State => ({
  connection: { _tag: "Connecting", since: now },
  recording: undefined,
  cluster: undefined,
  version: 0,
  ahead: 0,
  now,
  wish,
  folded: new Set(),
  restartedAt: undefined,
  mayCommand,
  asking: undefined,
  isHelped: false,
  notice: undefined
})

/** The state after a message that came at this time. */
export const update = (before: State, message: Message, now: number): State => {
  const state = { ...before, now, version: before.version + 1 }
  switch (message._tag) {
    case "Ticked":
      return state
    case "Loaded":
      return loaded(state, message)
    case "Opened":
      return opened(state, message)
    case "Clustered":
      return { ...state, cluster: message.cluster }
    case "Noticed":
      return { ...state, notice: message.text, ...(message.text === undefined && { restartedAt: undefined }) }
    case "Wished":
      return wished(state, { ...state.wish, ...message.wish })
    case "Helped":
      return { ...state, isHelped: message.isShown }
    case "Folded": {
      const folded = new Set(state.folded)
      if (message.isFolded) folded.add(message.path)
      else folded.delete(message.path)
      return { ...state, folded }
    }
    case "Unlocked":
      return { ...state, mayCommand: message.mayCommand }
    case "Asked":
    case "Sent":
    case "Answered":
    case "Closed":
      return { ...state, asking: askingAfter(state.asking, message) }
    default:
      return { ...state, connection: connectionAfter(state.connection, message, now) }
  }
}

type Of<Tag extends Message["_tag"]> = Extract<Message, { readonly _tag: Tag }>

const connectionAfter = (
  connection: Connection,
  message: Of<"Connecting" | "Heard" | "Lost" | "Ended" | "Rested" | "Locked">,
  now: number
): Connection => {
  const heardAt = "heardAt" in connection ? connection.heardAt : now
  switch (message._tag) {
    case "Connecting":
      return { _tag: "Connecting", since: now }
    case "Heard":
      return { _tag: "Open", heardAt: now }
    case "Lost": {
      if (connection._tag === "Connecting") return { ...connection, problem: message.problem }
      if (connection._tag === "Over") return connection // nobody answers any more, as was to be expected
      const wasLive = standingOf(connection, now) === "Live"
      const since = connection._tag === "Lost" ? connection.since : wasLive ? now : heardAt
      return { _tag: "Lost", since, heardAt, problem: message.problem }
    }
    case "Ended":
      return { _tag: "Over", heardAt: connection._tag === "Over" ? heardAt : now }
    case "Rested":
      return { _tag: "Resting", heardAt }
    case "Locked":
      return { _tag: "Locked", isWrong: message.isWrong }
  }
}

const earlier = "The link is to a moment of an earlier process. This is what is now."

/** Somebody may have written the address by hand, or have gone back to one of before. */
const wished = (state: State, wish: Wish): State => {
  const epoch = state.recording?.head.epoch
  return wish.at === undefined || epoch === undefined || wish.at.epoch === epoch
    ? { ...state, wish }
    : { ...state, wish: { ...wish, at: undefined }, notice: earlier }
}

/** Another epoch is another process: a moment of the process before is not in its recording. */
const loaded = (state: State, { ahead, recording }: Of<"Loaded">): State => {
  const { now, recording: before, restartedAt, wish } = state
  const { epoch } = recording.head
  const isOther = before !== undefined && before.head.epoch !== epoch
  const isGone = wish.at !== undefined && wish.at.epoch !== epoch
  return {
    ...state,
    connection: { _tag: "Open", heardAt: now },
    recording,
    ahead,
    restartedAt: isOther ? now : restartedAt,
    wish: isGone ? { ...wish, at: undefined } : wish,
    ...(isGone && before === undefined && {
      notice: earlier
    })
  }
}

const opened = (state: State, { name, recording }: Of<"Opened">): State => ({
  ...state,
  connection: { _tag: "File", name },
  recording,
  ahead: 0,
  wish: state.wish.at?.epoch === recording.head.epoch ? state.wish : { ...state.wish, at: undefined },
  restartedAt: undefined,
  asking: undefined,
  notice: undefined
})

const askingAfter = (
  asking: Asking | undefined,
  message: Of<"Asked" | "Sent" | "Answered" | "Closed">
): Asking | undefined => {
  switch (message._tag) {
    case "Asked":
      return { order: message.order, run: message.run, step: { _tag: "Preview" } }
    case "Sent":
      return asking && { ...asking, step: { _tag: "Sent", plan: message.plan } }
    case "Answered":
      return asking?.step._tag === "Sent"
        ? { ...asking, step: { _tag: "Answered", plan: asking.step.plan, result: message.result } }
        : asking
    case "Closed":
      return undefined
  }
}

/**
 * What time it is for what is shown, by the clock of the governor. It stands still while nothing is heard. No event is later:
 * how far ahead that clock is, is known only up to the time that an answer is under way.
 */
export const timeOf = ({ ahead, connection, now, recording }: State): number => {
  const time = connection._tag === "File" ? recording?.head.now ?? 0 : (knownUntil(connection, now) ?? now) + ahead
  return Math.max(time, recording?.events.at(-1)?.time ?? 0)
}
