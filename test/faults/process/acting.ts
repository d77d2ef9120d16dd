/** What a run of a program, of a thread or of a process of Node does to itself. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, closeSync } from "node:fs"
import type { Own } from "./Ledger.ts"
import type { Deed, Fault } from "./plan.ts"

/** What the run is told. */
export interface Part {
  readonly service: string
  readonly deed: Deed
  /** Where it writes what it does. */
  readonly file: string
}

/**
 * - `sleep`: whether it has to end
 * - `log`: writes a line of the log
 * - `deafen`: it does not heed any more what asks it to end
 */
export interface Stage {
  readonly run: number
  readonly sleep: (millis: number) => Promise<boolean>
  readonly log: (line: string) => void
  readonly deafen: () => void
}

/** How often it writes that it is there, in milliseconds. */
const often = 20

type Say = (tag: Own["_tag"]) => void

/** Resolves when its work is done. */
export const act = async ({ deed: { after, fault }, file, service }: Part, stage: Stage): Promise<void> => {
  const say: Say = (_tag) => {
    const own = { _tag, service, run: stage.run, pid: process.pid, at: Date.now() }
    appendFileSync(file, `${JSON.stringify(_tag === "Does" ? { ...own, fault: fault._tag } : own)}\n`)
  }
  say("Began")
  const alive = setInterval(() => say("Alive"), often)
  if (!await stage.sleep(after)) await commit(fault, say, stage)
  clearInterval(alive)
}

const commit = async (fault: Fault, say: Say, stage: Stage): Promise<void> => {
  switch (fault._tag) {
    case "Waits":
      return void await stage.sleep(2 ** 31 - 1)
    case "Deaf":
      stage.deafen()
      say("Deaf")
      return new Promise(() => setInterval(() => {}, 1000))
    case "Closes":
      for (const output of [1, 2]) closeSync(output)
      if (await stage.sleep(100)) return
      break
    case "Leaves":
      await leave(fault.isDeaf)
      if (fault.isDeaf) say("Deaf")
      break
    case "Blocks":
      say("Deaf")
  }
  say("Does")
  await end(fault, say, stage)
}

const end = async (fault: Fault, say: Say, stage: Stage): Promise<void> => {
  const { log } = stage
  switch (fault._tag) {
    case "Exits":
    case "Closes":
      return process.exit(fault.code)
    case "Killed":
      process.kill(process.pid, fault.signal)
      return new Promise(() => setInterval(() => {}, 1000))
    case "Throws":
      throw Object.assign(new Error("no"), { name: "Odd" })
    case "Aborts":
      return process.abort()
    case "Blocks":
      return block(say)
    case "Eats":
      return eat()
    case "Grows":
      return grow(fault, stage)
    case "Floods":
      for (let i = 0; i < fault.lines; i++) (fault.by === "log" ? log : console.log)(lineOf(i))
      if (fault.code === 0) return
      return fault.by === "log" ? process.exit(fault.code) : exit(fault.code)
    case "Leaves":
      if (fault.code !== 0) process.exit(fault.code)
  }
}

/** Exits when all was written that was to be written: Node drops the rest. */
export const exit = async (code: number): Promise<void> => {
  await new Promise((resolve) => process.stdout.write("", resolve))
  process.exit(code)
}

/** A line of a flood. */
export const lineOf = (number: number): string => `line ${number} of a flood`

/** The number of a line of a flood. */
export const numberOf = (line: string): number | undefined => {
  const [, number] = /^line (\d+) of a flood$/.exec(line) ?? []
  return number === undefined ? undefined : Number(number)
}

/** Its event loop never goes on. */
const block = (say: Say): never => {
  for (;;) {
    say("Alive")
    for (const until = performance.now() + often; performance.now() < until;);
  }
}

const eat = (): never => {
  const all: Array<Array<number>> = []
  for (;;) all.push(Array.from({ length: 100_000 }, (_, i) => i))
}

/** Keeps so much until it has to end. */
const grow = async ({ by, bytes }: Extract<Fault, { readonly _tag: "Grows" }>, { sleep }: Stage): Promise<void> => {
  const all = by === "buffer" ? Buffer.alloc(bytes, 1) : Array.from({ length: bytes / 8 }, (_, i) => i)
  await sleep(2 ** 31 - 1)
  if (all.length === 0) throw new Error("this keeps what was taken until here")
}

/** Begins a process of the same group. */
const leave = async (isDeaf: boolean): Promise<void> => {
  const script = isDeaf
    ? "trap '' TERM HUP INT; echo up; while :; do sleep 0.05; done"
    : "echo up; exec sleep 1000"
  const { stdout } = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] })
  await once(stdout, "data")
}
