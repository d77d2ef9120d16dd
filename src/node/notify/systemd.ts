/**
 * Connects a governor to systemd.
 */
import type { Sight } from "../../internal/sight.ts"
import type { Seen as NewsSeen } from "../../internal/view.ts"
import type { Target } from "../HubState.ts"
import { real } from "../system.ts"
import type { Asked } from "./asked.ts"
import { ofStart, ofStop, watchdogPeriod } from "./extension.ts"
import type { Message } from "./message.ts"
import { newsOf } from "./news.ts"
import { Post } from "./Post.ts"
import { Speaker } from "./Speaker.ts"
import type { Speech } from "./speech.ts"
import { type Transport, transportTo } from "./transport.ts"

/** What is seen of the governor. */
export type Seen = NewsSeen & Pick<Sight, "listen">

/** Returns the function that says READY. If systemd expects messages that cannot be sent, the log says so. */
export const speakToSystemd = (asked: Asked, seen: Seen, hasStatus: boolean, log: Target["log"]): () => void => {
  const transport = transportTo(asked.address)
  explain(transport, log)
  if (transport._tag === "None") return () => {}
  const failed = (error: unknown) =>
    log("Error", "a message could not be sent to systemd; it goes with the next one", error)
  const post = new Post(transport.send, real.later, failed)
  const put = (message: Message) => post.put(message)
  if (transport._tag === "Child") process.once("exit", () => sendRest(post, transport.sendLast))
  const facts = (phase: Speech["phase"]) => ({
    status: hasStatus ? newsOf(seen) : "",
    extension: extensionOf(phase, seen)
  })
  const speaker = new Speaker(
    { now: real.now, later: real.later, soon: (task) => void setImmediate(task), facts, put },
    hasStatus
  )
  seen.listen(speaker.hear)
  if (asked.watchdog !== undefined) beat(watchdogPeriod(asked.watchdog), () => put(alive))
  return speaker.ready
}

/** The process may end while a child sends. What waits for that child would be lost, and STOPPING may be in it. */
const sendRest = (post: Post, sendLast: (text: string) => void): void => {
  const text = post.rest()
  if (text !== undefined) sendLast(text)
}

const alive: Message = new Map([["WATCHDOG", "1"]])

const beat = (period: number, task: () => void): void => {
  task()
  setInterval(task, period).unref()
}

const extensionOf = (phase: Speech["phase"], seen: Seen): number | undefined => {
  switch (phase) {
    case "Starting":
      return ofStart(seen.snapshot().services, seen.specs(), seen.now())
    case "Stopping":
      return ofStop(seen.closing()?.until, seen.now())
    case "Ready":
    case "Over":
      return undefined
  }
}

const explain = (transport: Transport, log: Target["log"]): void => {
  if (transport._tag === "None") {
    log("Error", `systemd expects messages, and none can be sent: ${transport.why}. What helps: ${transport.help}`)
  } else if (transport._tag === "Child" && process.getuid?.() !== 0) {
    log(
      "Info",
      "systemd-notify sends the messages for systemd: the unit needs NotifyAccess=all, as this process is not root"
    )
  }
}
