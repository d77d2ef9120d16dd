/** The measured process, as it has its clients ask, and looks at itself meanwhile. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import type { Task, Told } from "./clients.ts"

const child = fork(join(import.meta.dirname, "clients.ts"), [], { execArgv: [], stdio: "inherit" })

/** Longer than anything takes, in milliseconds. */
const enough = 60_000

/** Has the clients do it. */
export const asked = async (task: Task): Promise<Told> => {
  child.send(task)
  const [told] = await once(child, "message", { signal: AbortSignal.timeout(enough) })
  return told
}

/** Throws unless the answers are as they have to be. */
export const askedWell = async (task: Task, expected: number): Promise<Told> => {
  const told = await asked(task)
  if (told.status !== expected) throw new Error(`wrong status: ${told.status}, not ${expected}`)
  return told
}

/** Serves on the loopback, and resolves with the URL. */
export const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  await once(server.listen(0, "127.0.0.1"), "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What this process takes of the processor meanwhile, in milliseconds. */
export const processor = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1000
}

interface Stretch {
  /** As a clock says. */
  readonly wall: number
  /** As the thread was at work: on a busy machine it may have to wait for its turn. */
  readonly cpu: number
}

/** The longest turn of the event loop meanwhile, in milliseconds. */
export const longestStretch = async (work: () => Promise<unknown>): Promise<Stretch> => {
  let isOver = false
  let [wall, cpu] = [0, 0]
  let [at, used] = [performance.now(), threadMillis()]
  const turn = () => {
    const [now, taken] = [performance.now(), threadMillis()]
    wall = Math.max(wall, now - at)
    cpu = Math.max(cpu, taken - used)
    ;[at, used] = [now, taken]
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  await new Promise((resolve) => setImmediate(resolve)) // the turn that is under way has to be seen
  isOver = true
  return { wall, cpu }
}

const threadMillis = () => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1000
}
