/**
 * A program in a process of its own, as a service: a run begins when the process is started, and ends when the process has
 * ended.
 */
import type { ServiceAPI } from "effect-governor/promise"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"

/** How long the process may take to end when it is asked to, in milliseconds. */
const patience = 10_000

export class ProgramProcess {
  readonly #file: string
  readonly #env: () => NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  /** `env` is asked for its settings before each run. */
  constructor(file: string, env: () => NodeJS.ProcessEnv) {
    this.#file = file
    this.#env = env
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** It gets no time to say goodbye. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const ended = once(child, "close")
    child.kill("SIGKILL")
    await ended
  }

  async run({ defer, log, signal }: ServiceAPI): Promise<void> {
    const child = spawn(process.execPath, [this.#file], {
      env: { ...process.env, ...this.#env() },
      // In a group of its own, so that Ctrl-C ends it in its turn. By the channel it hears when we are gone.
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    })
    this.#child = child
    log("runs as process %d", child.pid)
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output as Readable).on("line", (line) => log("%s", line))
    }
    let impatience: NodeJS.Timeout | undefined
    signal.addEventListener("abort", () => {
      child.kill("SIGTERM")
      impatience = setTimeout(() => child.kill("SIGKILL"), patience)
    })
    defer(() => clearTimeout(impatience))
    const [code, killer] = await once(child, "close") as [number | null, NodeJS.Signals | null]
    this.#child = undefined
    if (signal.aborted && killer === "SIGTERM") return // it was asked before it could listen
    if (code !== 0) throw new Error(`the process has ended with ${killer ?? `exit code ${code}`}`)
  }
}
