/**
 * Draws the state of `top` when something has happened: at most ten times a second, and less often where that takes long.
 */
import type { Recording } from "../../operations/Recording.ts"
import { keysIn } from "./keys.ts"
import { changes, type Screen, screenOf } from "./painter.ts"
import { shownOf } from "./rows.ts"
import { type Effect, initial, type Link, type Message, type State } from "./state.ts"
import { open, type Tty } from "./tty.ts"
import { update } from "./update.ts"

/** What `top` looks at. */
export interface Source {
  readonly recording: Recording
  /** What the clock of the governor is ahead of ours, in milliseconds; undefined: time stands still, as in a file. */
  readonly offset: number | undefined
}

/** What `top` asks a governor for. */
export type Ask = (effect: Extract<Effect, { readonly _tag: "Plan" | "Command" }>) => Promise<Message>

/** In milliseconds: between two drawings, and between two that show what has happened. */
const least = 100
/** Drawing takes no more than this part of the time. */
const share = 1 / 100
/** How long the rest of a key may take to come, in milliseconds. */
const patience = 50

export class Top {
  readonly #ask: Ask
  readonly #isColoured: boolean
  readonly #tty: Tty
  readonly over: Promise<void>
  #source: Source
  #state: State
  #screen: Screen | undefined
  /** Whether something has happened that the state does not know of. */
  #isBehind = false
  #mayDraw = 0
  #maySee = 0
  #drawing: ReturnType<typeof setTimeout> | undefined
  #drawsAt = 0
  #ticking: ReturnType<typeof setTimeout> | undefined
  #rest = ""
  #resting: ReturnType<typeof setTimeout> | undefined
  #end: () => void = () => {}
  #isOver = false

  constructor(
    source: Source,
    link: Link,
    options: { readonly ask: Ask; readonly mayAct: boolean; readonly isColoured: boolean }
  ) {
    this.#ask = options.ask
    this.#isColoured = options.isColoured
    this.#source = source
    this.#state = initial(source.recording.view(this.now()), { link, size: sizeOf(), mayAct: options.mayAct })
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#tty = open((text) => this.#type(text), () => this.#redraw())
    this.#redraw()
  }

  /** By the clock of the governor. */
  now(): number {
    const { offset, recording } = this.#source
    return offset === undefined ? Math.max(recording.head.now, recording.events.at(-1)?.time ?? 0) : Date.now() + offset
  }

  /** Something has happened, or another governor answers. */
  heard(source: Source): void {
    this.#source = source
    this.#isBehind = true
    this.#drawSoon(this.#maySee)
  }

  /** What is on the screen is how it was. */
  lost(why: string): void {
    const { link } = this.#state
    if (link._tag === "Ended") return // that tells more
    const since = link._tag === "Lost" ? link.since : this.now()
    this.tell({ _tag: "Linked", link: { _tag: "Lost", since, why } })
  }

  tell(message: Message): void {
    const { effect, state } = update(this.#state, message)
    this.#state = state
    if (effect !== undefined) this.#do(effect)
    this.#drawSoon()
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#drawing)
    clearTimeout(this.#ticking)
    clearTimeout(this.#resting)
    this.#tty.close()
    this.#end()
  }

  // --- keys ---

  #type(text: string): void {
    clearTimeout(this.#resting)
    const { keys, rest } = keysIn(this.#rest + text)
    this.#rest = rest
    for (const key of keys) this.tell({ _tag: "Key", key })
    if (rest === "") return
    this.#resting = setTimeout(() => {
      this.#rest = ""
      this.tell({ _tag: "Key", key: "Escape" })
    }, patience)
  }

  #do(effect: Effect): void {
    switch (effect._tag) {
      case "Quit":
        return this.close()
      case "Suspend":
        return this.#tty.suspend()
      case "Redraw":
        return this.#redraw()
      case "Step":
        return this.#step(effect.by)
      default:
        void this.#ask(effect).then((message) => this.tell(message))
    }
  }

  #step(by: number): void {
    const { events, head, latest } = this.#source.recording
    const numbers = [head.sequence, ...events.map(({ sequence }) => sequence)]
    const here = this.#state.at === undefined
      ? numbers.length - 1
      : numbers.findLastIndex((one) => one <= this.#state.at!)
    const there = numbers[Math.max(0, Math.min(numbers.length - 1, here + by))]!
    this.#state = { ...this.#state, at: there === latest ? undefined : there }
    this.#isBehind = true
    this.#maySee = 0
  }

  // --- drawing ---

  #redraw(): void {
    this.#screen = undefined
    this.#state = update(this.#state, { _tag: "Resized", size: sizeOf() }).state
    this.#drawSoon()
  }

  /** As soon as that is allowed, but not before the given time. */
  #drawSoon(earliest = 0): void {
    if (this.#isOver) return
    const at = Math.max(this.#mayDraw, earliest)
    if (this.#drawing !== undefined && this.#drawsAt <= at) return
    clearTimeout(this.#drawing)
    this.#drawsAt = at
    this.#drawing = setTimeout(() => {
      this.#drawing = undefined
      this.#draw()
    }, Math.max(0, at - performance.now()))
  }

  #draw(): void {
    const begun = performance.now()
    this.#see(begun)
    const { lines, staysFor } = shownOf(this.#state)
    const screen = screenOf(lines, this.#state.size, this.#screen)
    const text = changes(this.#screen, screen, this.#isColoured)
    if (text !== "") this.#tty.write(text)
    this.#screen = screen
    const end = performance.now()
    this.#mayDraw = begun + least
    if (!this.#isBehind) this.#maySee = Math.max(this.#maySee, begun + (end - begun) / share)
    this.#tick(staysFor)
  }

  /** Takes what has happened into the state, if it is time. */
  #see(now: number): void {
    if (this.#isBehind && now >= this.#maySee) {
      this.#isBehind = false
      const { at } = this.#state
      const { recording } = this.#source
      const view = at === undefined ? recording.view(this.now()) : recording.viewAt(at)
      this.#state = update(this.#state, { _tag: "Seen", view }).state
    } else if (this.#isBehind) {
      this.#drawSoon(this.#maySee)
    }
    if (this.#state.at === undefined) this.#state = update(this.#state, { _tag: "Clock", now: this.now() }).state
  }

  /** Where time stands still, nothing is counted. */
  #tick(staysFor: number): void {
    clearTimeout(this.#ticking)
    if (this.#source.offset === undefined || this.#state.at !== undefined) return
    this.#ticking = setTimeout(() => this.#drawSoon(), staysFor - (this.now() % staysFor))
  }
}

const sizeOf = (): State["size"] => ({ width: process.stdout.columns || 80, height: process.stdout.rows || 24 })
