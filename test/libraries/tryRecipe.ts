/** One recipe as a program: it must leave with exit code 0, in time, and with its work done, whatever its server does. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../../examples/cluster/freePort.ts"
import { watched } from "../watched.ts"
import type { Server } from "./servers.ts"
import type { Trial } from "./Trial.ts"

export interface Outcome {
  readonly situation: string
  /** From the signal to the end of the process, in milliseconds. */
  readonly took: number
  /** Nothing if all is right. */
  readonly wrong: string
  /** Why the recipe was not tried. */
  readonly skipped?: string
}

/** What is tried: the recipe in its situation. */
interface Attempt {
  readonly trial: Trial
  readonly server: Server | undefined
  readonly port: number
  readonly program: ReturnType<typeof watched>
  readonly send: NonNullable<Trial["send"]>
  readonly folder: string
}

/** Brings the program to where it gets the signal. The result is called when the program has left. */
type Situation = (attempt: Attempt) => Promise<() => unknown>

const nothing = () => {}

const inFlight: Situation = async (attempt) => {
  await attempt.program.printed(/\bready\b/)
  return begin(attempt)
}

const serverAway: Situation = async ({ program, server }) => {
  await program.printed(/\bready\b/)
  await server?.kill()
  await sleep(2500) // the program may have noticed, crashed and begun anew
  return nothing
}

const serverAwayAtWork: Situation = async (attempt) => {
  await inFlight(attempt)
  await attempt.server?.kill()
  return nothing
}

/** The server is there and does not answer. The program has noticed, and perhaps begun anew. */
const serverSilent: Situation = async ({ program, server }) => {
  await program.printed(/\bready\b/)
  server?.freeze()
  await program.printed(/crashed/)
  return nothing
}

/** The program leaves before it can notice. */
const justSilent: Situation = async (attempt) => {
  await attempt.program.printed(/\bready\b/)
  attempt.server?.freeze()
  await sleep(1500) // a query is on its way, or none
  return nothing
}

/** The server dies while the program leaves: it may fail then, but it must leave. */
const serverDies: Situation = async (attempt) => {
  await inFlight(attempt)
  return nothing
}

const serverBack: Situation = async (attempt) => {
  await attempt.program.printed(/\bready\b/)
  await attempt.server?.kill()
  await sleep(1500) // some attempts to connect fail
  await attempt.server?.start()
  return begin(attempt)
}

const portTaken: Situation = async (attempt) => {
  const taker = createServer().listen(attempt.port)
  await once(taker, "listening")
  await attempt.program.printed("EADDRINUSE")
  taker.close()
  return inFlight(attempt)
}

/** Gives the program work, and resolves when the work has begun. */
const begin = async ({ folder, port, program, send, server, trial }: Attempt): Promise<() => unknown> => {
  const at = { url: server?.url ?? "", port, folder }
  const begun = trial.isCut && trial.send === undefined ? program.printed(/\bready\b/) : program.printed("begun:")
  begun.catch(nothing) // the program may end before it was sent anything
  const check = await send(at)
  const again = trial.isForgetful ? setInterval(() => void send(at).catch(nothing), 500) : undefined
  await begun.finally(() => clearInterval(again))
  return check
}

const situationsOf = (
  { closesWithError, listens, noticesSilence, server }: Trial
): Readonly<Record<string, Situation>> => ({
  "in flight": inFlight,
  ...(server && { "server away": serverAway, "server back": serverBack, "server dies": serverDies }),
  ...(server && closesWithError !== true && { "away at work": serverAwayAtWork }),
  ...(noticesSilence && { "server silent": serverSilent, "just silent": justSilent }),
  ...(listens && { "port taken": portTaken })
})

export const tryRecipe = async (
  recipe: string,
  trial: Trial,
  folder: string,
  server: Server | undefined
): Promise<ReadonlyArray<Outcome>> => {
  const outcomes: Array<Outcome> = []
  for (const [name, situation] of Object.entries(situationsOf(trial))) {
    await server?.start()
    await trial.prepare?.(server?.url ?? "")
    outcomes.push({ situation: name, ...(await trySituation(recipe, situation, trial, folder, server)) })
  }
  return outcomes
}

/** The governor itself would leave after 25 seconds. */
const enough = 10_000
const limit = 27_000

const trySituation = async (
  recipe: string,
  situation: Situation,
  trial: Trial,
  root: string,
  server: Server | undefined
): Promise<Omit<Outcome, "situation">> => {
  const port = await freePort()
  const folder = mkdtempSync(join(root, "servers", "watched-"))
  const main = recipe.endsWith("-effect") ? "program-effect.ts" : "program.ts"
  const child = spawn(process.execPath, [join(root, main), recipe], {
    cwd: root,
    env: { ...process.env, ...server?.env, PORT: `${port}`, FOLDER: folder },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const program = watched(child, [child.stdout, child.stderr])
  const leave = () => child.kill("SIGKILL")
  process.once("exit", leave) // whatever ends this process, the program goes with it
  let took = 0
  try {
    const send = trial.send ?? (async () => nothing)
    const check = await within(situation({ trial, server, port, program, send, folder }))
    const asked = performance.now()
    program.kill("SIGTERM")
    if (situation === serverDies) await sleep(300).then(server?.kill)
    const { code, signal } = await within(program.exit)
    took = Math.round(performance.now() - asked)
    if (code !== 0 && !(code === 1 && mayFail.has(situation))) throw new Error(`exit code ${code ?? signal}`)
    if (took > (trial.lingers && atWork.has(situation) ? limit : enough)) throw new Error("too late")
    if (hasToFinish(situation, trial, program)) throw new Error("the work was not finished")
    await within(Promise.resolve(check()))
    return { took, wrong: "" }
  } catch (error) {
    return { took, wrong: `${String(error)}\n${program.output()}` }
  } finally {
    leave()
    process.off("exit", leave)
    if (silent.has(situation)) await server?.kill() // for a server that can answer again
  }
}

/** The server goes away while it is needed. */
const atWork = new Set([serverDies, serverAwayAtWork])

const silent = new Set([serverSilent, justSilent])

/** A run that cannot finish fails as it stops. */
const mayFail = new Set([serverDies, ...silent])

/** Work that needs a server which is away need not be finished. */
const withServer = new Set([inFlight, serverBack, portTaken])

const hasToFinish = (situation: Situation, { isCut }: Trial, program: Attempt["program"]): boolean =>
  isCut !== true && withServer.has(situation) && !program.output().includes("done:")

const within = <A>(promise: Promise<A>, time = 30_000): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing happened within ${time} ms`)), time)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
