/**
 * Sends messages in order, one at a time. What could not be sent goes with the next message.
 */
import { merged, type Message, textOf } from "./message.ts"

/** Calls `done` when the message is sent, at once or later, with the error if it could not be sent. May throw that error. */
export type Send = (text: string, done: (error?: unknown) => void) => void

/** The time until what could not be sent is sent again, should there be no other message: the first, and the longest. */
const again = { first: 1000, longest: 60_000 }

const nothing: Message = new Map()

export class Post {
  readonly #send: Send
  readonly #later: (millis: number, task: () => void) => void
  /** Called with the first error. */
  readonly #failed: (error: unknown) => void
  #waiting = nothing
  #isBusy = false
  #hasFailed = false
  #isRetrying = false
  #pause = again.first

  constructor(send: Send, later: (millis: number, task: () => void) => void, failed: (error: unknown) => void) {
    this.#send = send
    this.#later = later
    this.#failed = failed
  }

  put(message: Message): void {
    this.#waiting = merged(this.#waiting, message)
    this.#next()
  }

  /** What is not sent yet, as the last message: nothing waits any more. Undefined if nothing has waited. */
  rest(): string | undefined {
    const text = textOf(this.#waiting)
    this.#waiting = nothing
    return text === "" ? undefined : text
  }

  #next(): void {
    if (this.#isBusy || this.#waiting.size === 0) return
    const message = this.#waiting
    this.#waiting = nothing
    this.#isBusy = true
    this.#deliver(textOf(message), (error) => {
      this.#isBusy = false
      if (error === undefined) this.#succeeded()
      else this.#keep(message, error)
    })
  }

  /** Calls `done` once, whatever the sender does: it may also throw, or call twice. */
  #deliver(text: string, done: (error?: unknown) => void): void {
    let isDone = false
    const once = (error?: unknown) => {
      if (isDone) return
      isDone = true
      done(error)
    }
    try {
      this.#send(text, once)
    } catch (error) {
      once(error)
    }
  }

  #succeeded(): void {
    this.#pause = again.first
    this.#next()
  }

  #keep(message: Message, error: unknown): void {
    this.#waiting = merged(message, this.#waiting)
    if (!this.#hasFailed) this.#failed(error)
    this.#hasFailed = true
    if (this.#isRetrying) return
    this.#isRetrying = true
    this.#later(this.#pause, () => {
      this.#isRetrying = false
      this.#next()
    })
    this.#pause = Math.min(this.#pause * 2, again.longest)
  }
}
