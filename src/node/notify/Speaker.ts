/**
 * Speaks to systemd for a governor: hears its events, and sends messages when they are due.
 */
import type { GovernorEvent } from "../../GovernorEvent.ts"
import { type Message } from "./message.ts"
import * as Speech from "./speech.ts"

/** Where a speaker speaks: in a process, or in a test. */
export interface Place {
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  /** Waiting for the task does not keep the process up. */
  readonly later: (millis: number, task: () => void) => void
  readonly soon: (task: () => void) => void
  readonly facts: (phase: Speech.Speech["phase"]) => Speech.Facts
  readonly put: (message: Message) => void
}

export class Speaker {
  readonly #place: Place
  #speech: Speech.Speech
  /** When the timer is due that counts. Another one that is still under way does nothing. */
  #wakesAt = Infinity

  constructor(place: Place, hasStatus: boolean) {
    this.#place = place
    this.#speech = Speech.silent(hasStatus)
  }

  readonly hear = (event: GovernorEvent): void => this.#change(Speech.heard(this.#speech, event))

  readonly ready = (): void => this.#change(Speech.ready(this.#speech))

  #change(speech: Speech.Speech): void {
    if (this.#speech === speech) return
    this.#speech = speech
    this.#wake()
  }

  /** Nothing is looked up while an event is told: what follows from the event is not known then. */
  #wake(): void {
    const at = Speech.due(this.#speech)
    if (at === undefined || at >= this.#wakesAt) return
    this.#wakesAt = at
    const { later, now, soon } = this.#place
    const speak = () => {
      if (this.#wakesAt === at) this.#speak()
    }
    const rest = at - now()
    if (rest > 0) later(rest, speak)
    else soon(speak)
  }

  #speak(): void {
    this.#wakesAt = Infinity
    const { facts, now, put } = this.#place
    const before = now()
    const known = facts(this.#speech.phase)
    const after = now()
    const { message, speech } = Speech.spoken(this.#speech, known, after, after - before)
    this.#speech = speech
    put(message)
    this.#wake()
  }
}
