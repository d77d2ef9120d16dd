/** A process that something else keeps up: a test sends its signals, moves its time, and sees how it would exit. */
import type { System } from "../../src/node/system.ts"

export class SimulatedSystem implements System {
  exitCode: System["exitCode"] = undefined
  /** The codes with which the process would have exited. */
  readonly exits: Array<System["exitCode"]> = []
  /** What was done to the channel to the parent process. */
  readonly channel: Array<"ref" | "unref"> = []
  /** How many holds keep the process up. */
  holds = 0
  outlives = false
  kinds: ReadonlyArray<string> = []
  #time = 0
  #tasks: Array<{ readonly at: number; readonly task: () => void }> = []
  readonly #listeners = new Map<string, Set<(...what: ReadonlyArray<unknown>) => void>>()

  readonly on: System["on"] = (event, listener) => {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener as (...what: ReadonlyArray<unknown>) => void))
  }

  readonly off: System["off"] = (event, listener) => {
    this.#listeners.get(event)?.delete(listener as (...what: ReadonlyArray<unknown>) => void)
  }

  run: ReturnType<System["entered"]> = undefined

  readonly enter: System["enter"] = (run, begin) => {
    this.run = run
    return begin()
  }

  readonly entered = () => this.run

  readonly now = () => this.#time

  readonly later: System["later"] = (millis, task) => void this.#tasks.push({ at: this.#time + millis, task })

  readonly soon: System["soon"] = (task) => this.later(0, task)

  readonly outliveReaders = (does: boolean) => {
    this.outlives = does
  }

  readonly hold = () => {
    this.holds++
    return () => {
      this.holds--
    }
  }

  readonly holdChannel = (does: boolean) => void this.channel.push(does ? "ref" : "unref")

  readonly holders = () => this.kinds

  /** What was written, by the path. */
  readonly files = new Map<string, string>()

  readonly overwrite = (path: string, bytes: Uint8Array) => void this.files.set(path, new TextDecoder().decode(bytes))

  exit(code?: number): void {
    if (code !== undefined) this.exitCode = code
    this.emit("exit")
    this.exits.push(this.exitCode ?? 0)
  }

  // --- what a test does ---

  emit(event: string, ...what: ReadonlyArray<unknown>): void {
    for (const listener of Array.from(this.#listeners.get(event) ?? [])) listener(...what)
  }

  signal(...names: ReadonlyArray<string>): void {
    for (const name of names) this.emit(name, name)
  }

  /** The events that somebody listens to, each as often as there are listeners. */
  listening(): ReadonlyArray<string> {
    return Array.from(this.#listeners).flatMap(([event, listeners]) => Array.from(listeners, () => event)).toSorted()
  }

  /** Moves the time; the tasks that are due run. */
  advance(millis: number): void {
    const until = this.#time + millis
    for (;;) {
      const next = this.#tasks.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#tasks = this.#tasks.filter((other) => other !== next)
      this.#time = Math.max(this.#time, next.at)
      next.task()
    }
    this.#time = until
  }
}
