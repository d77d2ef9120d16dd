/**
 * One run, on the side where its work is done: in the thread, or in the process.
 */
import { abortReason, isEcho } from "../internal/bridge/abort.ts"
import { formatted } from "../internal/bridge/formatted.ts"
import type { ServiceAPI } from "../internal/bridge/ServiceApi.ts"
import type { Line, Said, Told } from "./messages.ts"
import { millisOf } from "./millis.ts"
import { pacing } from "./pacing.ts"
import { type Failure, failureThere } from "./thrown.ts"

type Begin = Extract<Told, { readonly _tag: "Begin" }>

/**
 * - `api`: what the service receives
 * - `log`: writes a line
 * - `stop`: the run has to end
 * - `end`: says that the work has settled, closes what it has deferred, and says that too. `written` is called before the run is
 *   told as over. Never rejects
 *
 * @internal
 */
export interface Run {
  readonly api: ServiceAPI
  readonly log: (line: Line) => void
  readonly stop: () => void
  readonly end: (work: Promise<ReadonlyArray<Failure>>, written: () => Promise<void>) => Promise<void>
}

/** @internal */
export const makeRun = ({ epoch, heard, name, part, run }: Begin, say: (said: Said) => void): Run => {
  const controller = new AbortController()
  const { signal } = controller
  const closers: Array<() => unknown> = []
  const hasTurned = turning()
  const pace = pacing(heard)
  let isOver = false

  const log = (line: Line) => {
    pace()
    say({ _tag: "Log", hasTurned: hasTurned(), ...line })
  }
  const line = (level: Line["level"]) => (format: unknown, ...args: Array<unknown>) =>
    log({ level, message: formatted(format, args) })
  const api: ServiceAPI = {
    name,
    run,
    epoch,
    part,
    context: signal,
    signal,
    sleep: async (duration) => sleep(millisOf(duration), signal),
    until: (promise) => until(promise, signal),
    defer: (close) => isOver ? void Promise.resolve().then(close) : void closers.push(close),
    log: Object.assign(line("Info"), { debug: line("Debug"), warn: line("Warn"), error: line("Error") }),
    ready: () => say({ _tag: "Ready" }),
    unready: (reason) => say({ _tag: "Unready", reason: asText(reason) }),
    heartbeat: seldom(() => say({ _tag: "Beat" }))
  }
  return {
    api,
    log,
    stop: () => controller.abort(abortReason()),
    end: async (work, written) => {
      const failures = await work.catch((error: unknown) => [{ error, isDefect: false }])
      say({ _tag: "Settled", failures: (signal.aborted ? failures.filter(isNews) : failures).map(failureThere) })
      controller.abort(abortReason()) // nothing of the run outlives it
      const late: Array<Failure> = []
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        await Promise.resolve().then(close).catch((error: unknown) => late.push({ error, isDefect: true }))
      }
      isOver = true
      await written() // a process that has said that it has ended is asked to end at once, and would lose it
      say({ _tag: "Ended", failures: late.filter(isNews).map(failureThere) })
    }
  }
}

/** JavaScript may pass anything. */
const asText = (reason: unknown): string | undefined => reason === undefined ? undefined : formatted(reason, [])

/** What is thrown because the signal was aborted is none. */
const isNews = ({ error }: Failure): boolean => !isEcho(error)

/** How often the governor hears that a run is alive, in milliseconds: who says so in a tight loop must not fill its queue. */
const pause = 50

const seldom = (call: () => void) => {
  let last = -Infinity
  return (): void => {
    const now = performance.now()
    if (now - last < pause) return
    last = now
    call()
  }
}

/** Whether the event loop has turned since the last call. */
const turning = () => {
  let isNew = true
  return (): boolean => {
    if (!isNew) return false
    isNew = false
    setImmediate(() => {
      isNew = true
    }).unref()
    return true
  }
}

/** The longest timer of a platform, in milliseconds. */
const longest = 2 ** 31 - 1

/** True if the run has to end, in a later turn of the event loop. */
const sleep = (millis: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const done = (hasToEnd: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener("abort", aborted)
      setImmediate(() => resolve(hasToEnd))
    }
    const aborted = () => done(true)
    const wait = (left: number) =>
      setTimeout(() => {
        if (left <= longest) done(false)
        else timer = wait(left - longest)
      }, Math.min(left, longest))
    let timer = wait(signal.aborted ? 0 : millis)
    if (signal.aborted) aborted()
    else signal.addEventListener("abort", aborted)
  })

const until = <A>(promise: A, signal: AbortSignal): Promise<Awaited<A>> =>
  new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason as Error)
    if (signal.aborted) aborted()
    else signal.addEventListener("abort", aborted, { once: true })
    Promise.resolve(promise).finally(() => signal.removeEventListener("abort", aborted)).then(resolve, reject)
  })
