/** What the services of a round do, and what is done to them and to their governor, drawn at random. Pure. */
import { type Random, randomFrom } from "../random.ts"

/** What a run is: a shell, a program, a thread, or a process of Node that serves. */
export type Host = "shell" | "program" | "thread" | "fork"

/**
 * What a run does to itself.
 *
 * - `Waits`: nothing, until it is asked to end
 * - `Completes`: returns, or ends with code 0
 * - `Exits`: ends with this code before its work is done
 * - `Killed`: ends by this signal
 * - `Throws`: an error that nobody catches
 * - `Aborts`: crashes in native code
 * - `Blocks`: its event loop never goes on
 * - `Eats`: takes more memory than Node gives it
 * - `Grows`: takes more memory than its service allows, and waits
 * - `Floods`: logs or prints so many lines as fast as it can, and ends with this code
 * - `Closes`: closes its outputs, and ends with this code a moment later
 * - `Leaves`: ends with this code, and another process of its group does not
 * - `Deaf`: does not heed what asks it to end
 */
export type Fault =
  | { readonly _tag: "Waits" | "Completes" | "Throws" | "Aborts" | "Blocks" | "Eats" | "Deaf" }
  | { readonly _tag: "Exits" | "Closes"; readonly code: number }
  | { readonly _tag: "Grows"; readonly by: "heap" | "buffer"; readonly bytes: number }
  | { readonly _tag: "Killed"; readonly signal: NodeJS.Signals }
  | { readonly _tag: "Floods"; readonly by: "log" | "output"; readonly lines: number; readonly code: number }
  | { readonly _tag: "Leaves"; readonly isDeaf: boolean; readonly code: number }

type Flood = Extract<Fault, { readonly _tag: "Floods" }>

export type Tag = Fault["_tag"]

/** What one run does, and how many milliseconds after its begin. */
export interface Deed {
  readonly after: number
  readonly fault: Fault
}

export interface Service {
  readonly name: string
  readonly host: Host
  /** Of the first runs. The runs that follow wait. */
  readonly deeds: ReadonlyArray<Deed>
  /** The delay of its restarts; undefined: it has none. */
  readonly restart: number | undefined
  readonly stopTimeout: number
  readonly heartbeatTimeout?: number
  /** In bytes. */
  readonly maxMemory?: number
  /** The name of another service. */
  readonly bindsTo?: string
}

export const commands = ["stop", "start", "restart", "remove"] as const

/** A command by hand, so many milliseconds after the start. */
export interface Step {
  readonly after: number
  readonly command: typeof commands[number]
  readonly service: string
}

/**
 * How the governor ends: by `shutdown`, by a signal that it catches, by one that kills its process, or by an exit of its process.
 */
export const ends = ["shutdown", "SIGTERM", "SIGKILL", "exit", "SIGABRT"] as const

export interface Plan {
  readonly services: ReadonlyArray<Service>
  readonly steps: ReadonlyArray<Step>
  /** When the event loop of the governor is held, and for how many milliseconds; never, if for none. */
  readonly held: { readonly after: number; readonly millis: number }
  readonly shutdownTimeout: number
  readonly end: {
    readonly how: typeof ends[number]
    /** Whether it comes after the first run of the first service has ended, and not at any moment. */
    readonly isLate: boolean
    readonly after: number
  }
}

/** Each has its turn as the fault of the first service. */
export const faults = [
  "Waits",
  "Completes",
  "Exits",
  "Killed",
  "Throws",
  "Aborts",
  "Blocks",
  "Eats",
  "Grows",
  "Floods",
  "Closes",
  "Leaves",
  "Deaf"
] as const satisfies ReadonlyArray<Tag>

const ofAll = ["Waits", "Completes", "Exits", "Floods", "Deaf"] as const
const ofProcesses = [...ofAll, "Killed", "Closes", "Leaves"] as const

/** What each of them can do. */
export const abilities: { readonly [Of in Host]: ReadonlyArray<Tag> } = {
  shell: ofProcesses,
  program: [...ofProcesses, "Aborts", "Eats", "Grows"],
  thread: [...ofAll, "Throws", "Blocks", "Eats", "Grows"],
  fork: faults
}

const hosts = Object.keys(abilities) as ReadonlyArray<Host>

/** The faults take turns, and the ends too; all else is drawn. */
export const planOf = (seed: number, round: number): Plan => {
  const random = randomFrom(seed * 100_003 + round)
  const first = faults[round % faults.length]!
  const services = [
    serviceFrom(random, "first", first),
    ...Array.from({ length: random.between(1, 2) }, (_, i) => ({
      ...serviceFrom(random, `other-${i}`),
      ...(random.chance(0.3) && { bindsTo: "first" })
    }))
  ]
  const how = ends[round % ends.length]!
  const isLate = first !== "Waits" && first !== "Deaf" && random.chance(0.6)
  return {
    services,
    steps: Array.from({ length: random.chance(0.6) ? random.between(1, 3) : 0 }, () => ({
      after: random.between(0, 1500),
      command: random.pick(commands),
      service: random.pick(services).name
    })),
    held: { after: random.between(0, 1500), millis: random.chance(0.3) ? random.between(50, 500) : 0 },
    shutdownTimeout: random.chance(0.2) ? random.between(50, 400) : 30_000,
    end: { how, isLate, after: isLate ? random.between(0, 600) : random.between(0, 1800) }
  }
}

/** What a flood does to the loop, and a heap that fills, nobody shall take for a block, nor what it takes for too much. */
const kindOf = (tag: Tag): "block" | "growth" | "load" | undefined => {
  switch (tag) {
    case "Blocks":
      return "block"
    case "Grows":
      return "growth"
    case "Eats":
    case "Floods":
      return "load"
    default:
      return undefined
  }
}

const mebibyte = 1024 ** 2

/** How much a run may take, which is more than one takes that does not grow, and by how much one grows. */
const most = { heap: 14 * mebibyte, buffer: 160 * mebibyte }
const growth = { heap: 20 * mebibyte, buffer: 256 * mebibyte }

const serviceFrom = (random: Random, name: string, first?: Tag): Service => {
  const host = random.pick(first === undefined ? hosts : hosts.filter((host) => abilities[host].includes(first)))
  const tags = [
    first ?? random.pick(abilities[host]),
    ...Array.from({ length: random.between(0, 2) }, () => random.pick(abilities[host]))
  ]
  const kind = tags.map(kindOf).find((kind) => kind !== undefined)
  const kept = tags.filter((tag) => kindOf(tag) === undefined || kindOf(tag) === kind)
  const deeds = kept.map((tag) => ({ after: random.between(0, 150), fault: faultFrom(random, host, tag) }))
  return {
    name,
    host,
    deeds,
    restart: random.chance(0.8) ? random.between(0, 100) : undefined,
    stopTimeout: deeds.some(isHardToEnd) ? random.between(100, 500) : 20_000,
    ...(kind === "block" && { heartbeatTimeout: 1500 }),
    ...(kind === "growth" && { maxMemory: most[memoryOf(host)] })
  }
}

const memoryOf = (host: Host): "heap" | "buffer" => host === "thread" ? "heap" : "buffer"

/** Whether the run may not end when it is asked to. */
const isHardToEnd = ({ fault }: Deed): boolean =>
  fault._tag === "Deaf" || fault._tag === "Blocks" || (fault._tag === "Leaves" && fault.isDeaf)

const signals = ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGINT", "SIGHUP"] as const

const faultFrom = (random: Random, host: Host, _tag: Tag): Fault => {
  const code = random.pick([1, 3, 143, 255])
  switch (_tag) {
    case "Exits": // the work of a thread or of a process of Node was not done
     
      return { _tag, code: host === "thread" || host === "fork" ? random.pick([0, code]) : code }
    case "Closes":
      return { _tag, code }
    case "Killed":
      return { _tag, signal: random.pick(signals) }
    case "Grows":
      return { _tag, by: memoryOf(host), bytes: growth[memoryOf(host)] }
    case "Floods":
      return { _tag, ...floodFrom(random, host), lines: random.between(1000, 8000) }
    case "Leaves":
      return { _tag, isDeaf: random.chance(0.5), code: random.pick([0, code]) }
    default:
      return { _tag }
  }
}

/** What a thread prints is no line of the log. What a process of Node logs is lost if it exits at once. */
const floodFrom = ({ pick }: Random, host: Host): Pick<Flood, "by" | "code"> => {
  const by = pick<Flood["by"]>(host === "thread" ? ["log"] : host === "fork" ? ["log", "output"] : ["output"])
  return { by, code: host === "fork" && by === "log" ? 0 : pick([0, 5]) }
}

/** What the run does. */
export const deedOf = ({ deeds }: Pick<Service, "deeds">, run: number): Deed =>
  deeds[run - 1] ?? { after: 0, fault: { _tag: "Waits" } }

/** Whether a run that is asked to end may be killed though it would end: its time is short. */
export const isShort = ({ stopTimeout }: Pick<Service, "stopTimeout">): boolean => stopTimeout < 5000
