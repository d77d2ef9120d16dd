/**
 * The clients that follow the events. Each event is encoded once for all of them.
 */
import type { GovernorEvent } from "../GovernorEvent.ts"
import { statusAsText } from "../internal/bridge/lazily.ts"
import { fromEvent } from "../internal/bridge/plain.ts"
import { isEnd, type Sight } from "../internal/sight.ts"
import type { Sink } from "./exchange.ts"
import type { Ring } from "./Ring.ts"

/** What a client asks for. */
export interface Wish {
  /** The events that it hears. Undefined: all. */
  readonly hears: ((event: GovernorEvent) => boolean) | undefined
  /** The number of the latest event that it has, if that is of this governor. */
  readonly has: number | undefined
  /** Whether it begins with all statuses, if its events are not there. */
  readonly from: "Now" | "Snapshot" | "Reset"
}

interface Client extends Wish {
  readonly sink: Sink
  /** The number of the latest event that it was told of, or that is in its snapshot. */
  sequence: number
  /** What has to wait until the client has read its snapshot. Undefined: nothing has to wait. */
  waiting: Array<Uint8Array> | undefined
  waitingBytes: number
  /** Whether no more comes after what waits. */
  isLeaving: boolean
}

/** How many bytes may wait for a client that does not read. */
const most = 256 * 1024
/** How often a client hears that it is still connected, in milliseconds. */
const pulse = 15_000
/** How many statuses are encoded in one stretch. */
const atOnce = 500

const encoder = new TextEncoder()

export class Streams {
  readonly #epoch: string
  readonly #events: Ring<GovernorEvent>
  readonly #sight: Sight
  readonly #clients = new Set<Client>()
  /** The number of the latest event before the first that was heard. */
  readonly #before: number
  /** What was not told yet. */
  #news: Array<GovernorEvent> = []
  #pulse: ReturnType<typeof setInterval> | undefined

  constructor(epoch: string, events: Ring<GovernorEvent>, sight: Sight) {
    this.#epoch = epoch
    this.#events = events
    this.#sight = sight
    this.#before = sight.sequence()
  }

  get size(): number {
    return this.#clients.size
  }

  /** Keeps an event until the next turn of the event loop, if there is a client. */
  hear(event: GovernorEvent): void {
    if (this.#clients.size === 0) return
    this.#news.push(event)
    if (this.#news.length === 1) setImmediate(() => this.#tell())
  }

  /** Lets a client follow. What it has missed comes first, or all statuses, if that is not known any more. */
  open(sink: Sink, wish: Wish): void {
    const missed = wish.has === undefined ? undefined : this.#since(wish.has)
    const snapshot = missed === undefined && wish.from !== "Now" ? this.#sight.snapshot() : undefined
    const sequence = snapshot?.sequence ?? this.latest
    const client: Client = { ...wish, sink, sequence, waiting: undefined, waitingBytes: 0, isLeaving: false }
    sink.whenGone(() => this.#leave(client))
    this.#join(client)
    sink.write(encoder.encode("retry: 1000\n\n"))
    if (missed !== undefined) {
      sink.write(encoder.encode(missed.filter((one) => hears(client, one)).map(this.#encode).join("")))
    }
    if (snapshot !== undefined) void this.#sendStatuses(client, snapshot)
    if (this.#sight.isClosed()) this.#end(client)
  }

  /** Ends all streams once everything was told. */
  end(): void {
    this.#tell()
    for (const client of this.#clients) this.#end(client)
  }

  /** Ends the stream of a client, when it has all of its snapshot: one that is cut off is of no use. */
  #end(client: Client): void {
    client.isLeaving = true
    if (client.waiting !== undefined) return
    this.#leave(client)
    client.sink.end()
  }

  /** The events after this number, or undefined if some of them are not kept any more. */
  #since(number: number): ReadonlyArray<GovernorEvent> | undefined {
    const events = this.#events
    if (number === this.latest) return []
    const kept = events.lastWhere(({ sequence }) => sequence <= number)
    const oldest = events.oldest?.sequence
    const isKept = kept >= events.first || oldest === number + 1 || (events.first === 1 && number >= this.#before)
    return number < this.latest && isKept ? events.since(kept) : undefined
  }

  /** The number of the latest event that was told; at first, of the latest event before any was heard. */
  get latest(): number {
    return this.#events.latest?.sequence ?? this.#before
  }

  #join(client: Client): void {
    this.#clients.add(client)
    if (this.#pulse !== undefined) return
    const bytes = encoder.encode(":\n\n")
    this.#pulse = setInterval(() => {
      for (const client of this.#clients) this.#send(client, bytes)
    }, pulse)
    this.#pulse.unref?.()
  }

  #leave(client: Client): void {
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    clearInterval(this.#pulse)
    this.#pulse = undefined
    this.#news = []
  }

  #tell(): void {
    const news = this.#news
    this.#news = []
    if (news.length === 0) return
    const texts = news.map(this.#encode)
    const all = encoder.encode(texts.join(""))
    const latest = news.at(-1)!.sequence
    for (const client of this.#clients) {
      const isAll = client.hears === undefined && client.sequence < news[0]!.sequence
      const own = isAll ? all : this.#ownOf(client, news, texts)
      client.sequence = Math.max(client.sequence, latest)
      if (own.length > 0) this.#send(client, own)
    }
    if (news.some(isEnd)) setImmediate(() => this.end())
  }

  #ownOf(client: Client, news: ReadonlyArray<GovernorEvent>, texts: ReadonlyArray<string>): Uint8Array {
    const own = texts.filter((_, i) => news[i]!.sequence > client.sequence && hears(client, news[i]!))
    return encoder.encode(own.join(""))
  }

  #send(client: Client, bytes: Uint8Array): void {
    const { sink, waiting } = client
    const unread = sink.unread() + client.waitingBytes
    // One turn of a storm may have more than that to tell, also to a client that has read everything.
    if (unread > 0 && unread + bytes.length > most) {
      this.#leave(client)
      return sink.cut()
    }
    if (waiting === undefined) return sink.write(bytes)
    waiting.push(bytes)
    client.waitingBytes += bytes.length
  }

  /** Sends all statuses, piece by piece as the client reads. What happens meanwhile comes after that. */
  async #sendStatuses(client: Client, snapshot: ReturnType<Sight["snapshot"]>): Promise<void> {
    const { sink } = client
    client.waiting = []
    const { sequence, services } = snapshot
    const type = client.from === "Reset" ? "reset" : "snapshot"
    sink.write(
      encoder.encode(`id: ${this.#epoch}-${sequence}\nevent: ${type}\ndata: {"sequence":${sequence},"services":[`)
    )
    for (let i = 0; i < services.length; i += atOnce) {
      await new Promise<void>((resolve) => sink.whenRead(() => setImmediate(resolve)))
      if (!this.#clients.has(client)) return
      const texts = services.slice(i, i + atOnce).map(statusAsText).join(",")
      sink.write(encoder.encode(i === 0 ? texts : `,${texts}`))
    }
    sink.write(encoder.encode("]}\n\n"))
    for (const bytes of client.waiting) sink.write(bytes)
    client.waiting = undefined
    client.waitingBytes = 0
    if (client.isLeaving) this.#end(client)
  }

  readonly #encode = (event: GovernorEvent): string =>
    `id: ${this.#epoch}-${event.sequence}\nevent: ${event._tag}\ndata: ${JSON.stringify(fromEvent(event))}\n\n`
}

const hears = (client: Client, event: GovernorEvent): boolean => client.hears === undefined || client.hears(event)
