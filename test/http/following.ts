/**
 * Clients that follow the events of a governor through a door, are cut off, and come back. Each folds what it hears.
 */
import { get } from "node:http"
import { setImmediate } from "node:timers/promises"
import type { Operations } from "../../src/http/index.ts"
import { type GovernorEvent, ServiceStatus } from "../../src/index.ts"

/** Which answers came before the events of a connection. */
export interface Connection {
  readonly cut: () => void
  /** Resolves when no more will come, whoever has ended it. */
  readonly over: Promise<unknown>
}

/** Asks for the events, and calls the function with each piece of text. Resolves with the status of the answer. */
export type Door = (
  target: string,
  headers: Record<string, string>,
  hear: (text: string) => void
) => Promise<Connection & { readonly status: number }>

/** The handler of the web platform, in this process. */
export const byFetch = ({ fetch }: Operations.Operations): Door => async (target, headers, hear) => {
  const response = await fetch(new Request(`http://localhost${target}`, { headers }))
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) hear(part.value)
  }
  return { status: response.status, over: read(), cut: () => void reader?.cancel() }
}

/** A connection of TCP to a listener. */
export const byTcp = (url: string): Door => (target, headers, hear) =>
  new Promise((resolve, reject) => {
    const request = get(url + target, { agent: false, headers }, (response) => {
      const over = new Promise((resolve) => response.once("close", resolve))
      response.setEncoding("utf8").on("data", hear).on("error", () => {})
      resolve({ status: response.statusCode!, over, cut: () => void request.destroy() })
    })
    request.on("error", reject)
  })

interface Message {
  readonly id: string
  readonly type: string
  readonly data: GovernorEvent.GovernorEvent | ServiceStatus.Snapshot
}

/** The messages in a block of lines: one, or none. */
const messagesIn = (block: string): ReadonlyArray<Message> => {
  const fields = new Map(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)])
  )
  const [id, type, data] = ["id", "event", "data"].map((name) => fields.get(name))
  return id === undefined || type === undefined || data === undefined ? [] : [{ id, type, data: JSON.parse(data) }]
}

const numberOf = (id: string): number => Number(id.split("-")[1])

export class Follower {
  readonly #door: Door
  /** What must be so at each number that is known. */
  readonly #truth: ReadonlyMap<number, unknown>
  readonly faults: Array<string> = []
  /** How many states were compared with the truth. */
  compared = 0
  state: ServiceStatus.Snapshot = { sequence: 0, services: [] }
  lastId: string | undefined
  /** The types of the messages of this connection that have all statuses. */
  begun: Array<string> = []
  /** How many events came over this connection. */
  heard = 0
  #connection: Connection | undefined
  #isOver = true

  constructor(door: Door, truth: ReadonlyMap<number, unknown> = new Map()) {
    this.#door = door
    this.#truth = truth
  }

  get isConnected(): boolean {
    return this.#connection !== undefined && !this.#isOver
  }

  /** Follows from the id on, or from a snapshot. Resolves with the status, when there is an answer. */
  async connect(id?: string): Promise<number> {
    this.cut()
    this.begun = []
    this.heard = 0
    if (id === undefined) {
      this.lastId = undefined
      this.state = { sequence: -1, services: [] }
    }
    const own = { isCut: false }
    let rest = ""
    const hear = (text: string) => {
      const blocks = (rest + text).split("\n\n")
      rest = blocks.pop()!
      if (!own.isCut) blocks.flatMap(messagesIn).forEach((message) => this.#take(message))
    }
    const { cut, over, status } = await this.#door(
      "/events?snapshot",
      id === undefined ? {} : { "last-event-id": id },
      hear
    )
    const connection = { over, cut: () => ((own.isCut = true), cut()) }
    this.#connection = connection
    this.#isOver = false
    void over.finally(() => {
      if (!own.isCut && rest !== "") this.faults.push(`ended within a message: ${rest.slice(0, 100)}`)
      if (this.#connection === connection) this.#isOver = true
    }).catch((error: unknown) => this.faults.push(`failed: ${String(error)}`))
    return status
  }

  cut(): void {
    this.#connection?.cut()
    this.#connection = undefined
  }

  /** Resolves when nobody will say any more. */
  async over(): Promise<void> {
    await this.#connection?.over
  }

  /** Resolves when it has heard of this number, or will not hear of it. */
  async caughtUp(sequence: number): Promise<void> {
    while (this.isConnected && this.state.sequence < sequence) await setImmediate()
  }

  #take({ data, id, type }: Message): void {
    const isWhole = "services" in data && !("_tag" in data)
    if (isWhole) this.begun.push(type)
    else this.heard++
    if (isWhole && this.heard > 0) this.faults.push(`${type} after events`)
    if (!isWhole && data.sequence !== this.state.sequence + 1) {
      this.faults.push(`${id} follows ${this.state.sequence}`)
    }
    if (numberOf(id) !== data.sequence) this.faults.push(`${id} has the sequence ${data.sequence}`)
    this.state = isWhole
      ? data
      : { sequence: data.sequence, services: ServiceStatus.replay([data], this.state) }
    this.lastId = id
    this.#compare()
  }

  #compare(): void {
    const truth = this.#truth.get(this.state.sequence)
    if (truth === undefined) return
    this.compared++
    const [own, theirs] = [inOrder(this.state.services), inOrder(truth)]
    if (own !== theirs) this.faults.push(`at ${this.state.sequence}: ${own}\nbut it was ${theirs}`)
  }
}

/** A text that is the same for the same values, in whatever order their fields are. */
export const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner)
