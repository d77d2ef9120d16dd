/**
 * Hears of the governor: reads all that it has kept, then follows its events, and comes back when the stream breaks.
 */
import { entryOf, eventOf } from "../operations/entries.ts"
import { reading } from "../operations/reading.ts"
import type { Recording } from "../operations/Recording.ts"
import { eventsOf, linesOf, type Told } from "../operations/streams.ts"
import type { Event } from "../operations/View.ts"
import { longestSilence } from "./connection.ts"
import { type Door, get, pause, problemOf, textOf } from "./request.ts"
import type { Message } from "./store.ts"

export interface Link extends Door {
  readonly tell: (message: Message) => void
}

/** How one attempt ended. */
type Outcome =
  | { readonly _tag: "Caught"; readonly recording: Recording }
  /** Too much was missed, or another process answers. */
  | { readonly _tag: "Again" }
  | { readonly _tag: "Over" }
  | { readonly _tag: "Locked" }
  | { readonly _tag: "Lost"; readonly problem: string; readonly wasOpen: boolean }

/** How long the page waits before it comes back, in milliseconds: the first time, at most, and when the governor is over. */
const [soon, longest, later] = [500, 3000, 2000]

/** A stream that is of another process says so at first. Until then, nothing may look live. In milliseconds. */
const settling = 200

/** Goes on until the signal, or until a token is needed. Begins with a recording that is there already, if there is one. */
export const follow = async (link: Link, from?: Recording): Promise<void> => {
  let recording = from
  let isFresh = false // nothing has come since all was read
  for (let failures = 0; !link.signal.aborted;) {
    const outcome = recording === undefined ? await read(link) : await listen(link, recording)
    if (link.signal.aborted) return
    switch (outcome._tag) {
      case "Caught":
        recording = outcome.recording
        isFresh = true
        break
      case "Again":
        // Behind a balancer two processes may answer by turns.
        if (isFresh) await pause(soon, link.signal)
        recording = undefined
        break
      case "Over":
        isFresh = false
        link.tell({ _tag: "Ended" })
        await pause(later, link.signal) // another process may follow
        break
      case "Locked":
        return link.tell({ _tag: "Locked", isWrong: link.token() !== undefined })
      case "Lost":
        isFresh = false
        failures = outcome.wasOpen ? 0 : failures + 1
        link.tell({ _tag: "Lost", problem: outcome.problem })
        await pause(Math.min(longest, soon * 2 ** failures), link.signal)
    }
  }
}

/** Reads everything that is kept of the governor. */
const read = (link: Link): Promise<Outcome> =>
  attempt(link, "incident", {}, async (_, hear) => {
    const { read, take } = reading()
    let heardAt: number | undefined
    const lines = linesOf()
    await hear((text) => {
      lines(text).forEach(take)
      if (read() !== undefined) heardAt ??= Date.now()
    })
    const { recording } = read() ?? {}
    if (recording === undefined || heardAt === undefined) throw new Error("the answer was empty")
    const ahead = recording.head.now - heardAt
    link.tell({ _tag: "Loaded", recording, ahead })
    return { _tag: "Caught", recording }
  })

/** Follows the events after those of the recording, until the stream ends. */
const listen = (link: Link, recording: Recording): Promise<Outcome> => {
  const id = `${recording.head.epoch}-${recording.latest}`
  return attempt(link, "events", { "last-event-id": id }, async (response, hear) => {
    if (response.status === 204) return { _tag: "Over" }
    const events = eventsOf()
    const learn = learning(link, recording)
    let end: Outcome | undefined
    const settled = setTimeout(() => link.tell({ _tag: "Heard" }), settling)
    await hear((text) => {
      const all = events(text)
      for (const told of all) end ??= take(recording, learn, told)
      if (end?._tag !== "Again" && (all.length > 0 || text.startsWith(":"))) link.tell({ _tag: "Heard" })
      return end !== undefined
    }).finally(() => clearTimeout(settled))
    return end ?? { _tag: "Lost", problem: "the connection was closed", wasOpen: true }
  })
}

/** Takes an event of the stream into the recording. Says if the stream is of no more use. */
const take = (recording: Recording, learn: () => void, { data, type }: Told): Outcome | undefined => {
  if (type === "reset" || type === "snapshot") return { _tag: "Again" }
  const told = JSON.parse(data) as Partial<Event>
  const event = eventOf(told) // undefined: it is of a later version
  if (event !== undefined) recording.take({ event })
  if (event?._tag === "ServiceRemoved") recording.specs.delete(event.service)
  if (event?._tag === "ServiceAdded" && !recording.specs.has(event.service)) learn()
  return told?._tag === "ShutdownCompleted" && told.governor === undefined ? { _tag: "Over" } : undefined
}

/** Asks how the services are supervised that were added since: once for all that are added in a short time. */
const learning = (link: Link, recording: Recording) => {
  let isAsking = false
  const ask = async (): Promise<void> => {
    isAsking = true
    await pause(soon, link.signal)
    isAsking = false
    const response = await get(link, "graph")
    if (!response.ok) return
    const { nodes } = await response.json() as { readonly nodes: ReadonlyArray<{ readonly spec?: unknown }> }
    // A service that was removed since must not be kept.
    const { services } = recording.view(0)
    for (const { spec } of nodes) {
      const entry = entryOf({ spec })
      if (entry !== undefined && "spec" in entry && services.has(entry.spec.name)) recording.take(entry)
    }
    link.tell({ _tag: "Heard" })
  }
  return (): void => {
    if (!isAsking) ask().catch(() => undefined) // the next stream says what is missing
  }
}

/** Reads the lines of the log that were written since. */
export const readLines = async (door: Door, recording: Recording): Promise<void> => {
  const response = await get(door, `logs?limit=2000&after=${recording.lines.at(-1)?.id ?? 0}`)
  if (!response.ok) return
  const { lines } = await response.json() as { readonly lines: ReadonlyArray<unknown> }
  for (const line of lines) {
    const entry = entryOf({ line })
    if (entry !== undefined && "line" in entry) recording.take(entry)
  }
}

type Hear = (piece: (text: string) => boolean | void) => Promise<void>

/** Asks, and says how it went. A connection on which nothing comes for too long is dead, whatever the network says. */
const attempt = async (
  link: Link,
  path: string,
  headers: Readonly<Record<string, string>>,
  use: (response: Response, hear: Hear) => Promise<Outcome>
): Promise<Outcome> => {
  const own = new AbortController()
  const restart = watchdog(() => own.abort(new Error("nothing was heard for too long")))
  let wasOpen = false
  try {
    const response = await get(link, path, headers, AbortSignal.any([own.signal, link.signal]))
    if (response.status === 401) return { _tag: "Locked" }
    if (!response.ok) return { _tag: "Lost", problem: await problemOf(response), wasOpen }
    return await use(response, (piece) =>
      textOf(response, (text) => {
        wasOpen = true
        restart(longestSilence)
        return piece(text)
      }))
  } catch (error) {
    return { _tag: "Lost", problem: inWords(error), wasOpen }
  } finally {
    restart(undefined)
    own.abort() // an answer of which the rest is of no use would keep its connection, and a browser has few
  }
}

/** Calls the function when it has not been restarted for too long. */
const watchdog = (bite: () => void) => {
  let timer = setTimeout(bite, longestSilence)
  return (millis: number | undefined): void => {
    clearTimeout(timer)
    if (millis !== undefined) timer = setTimeout(bite, millis)
  }
}

/** Browsers say of a network that fails no more than this. */
const inWords = (error: unknown): string =>
  error instanceof TypeError ? "nobody answers" : error instanceof Error ? error.message : String(error)
