/** What may be done to a governor, as data: it prints well, shrinks well, and a printed list can be run again. */
import fc from "fast-check"
import { reduced } from "./without.ts"

export type Delay =
  | number
  /** 100, 200 and 400 ms, then no more. */
  | "doubling"

export interface Policy {
  readonly _tag: "Always" | "OnFailure"
  readonly delay: Delay
  readonly maxRestarts?: number
  readonly within?: number
  readonly resetAfter?: number
}

export interface Options {
  /** None: it is never restarted. */
  readonly restart?: Policy | "inherited" | undefined
  readonly stopTimeout?: number | undefined
  readonly dependsOn?: ReadonlyArray<string> | undefined
  readonly readiness?: "manual" | "completed" | undefined
  readonly startTimeout?: number | undefined
  readonly heartbeatTimeout?: number | undefined
  readonly significant?: boolean | undefined
  /** So many of its first runs crash as soon as they begin. */
  readonly stumbles?: number | undefined
  /** Which other service each of its runs stops as it begins. */
  readonly stops?: string | undefined
  /** Each of its runs hangs from the beginning. */
  readonly stubborn?: boolean | undefined
  /** Which other service each of its runs removes when it is asked to end: it ends when that is answered. */
  readonly removesAtEnd?: string | undefined
  /** How long a finalizer of each of its runs takes after the run ended by itself. */
  readonly closing?: number | "hangs" | undefined
}

/** What is done to one service: by hand, or by its run. */
export type Deed =
  | "start"
  | "stop"
  | "restart"
  | "remove"
  /** The layer of the service closes. */
  | "close"
  | "ready"
  /** The run says that it is alive. */
  | "beat"
  /** A run that is over says that it is ready. */
  | "readyLate"
  /** The run ends so; or its finalizer does, if that hangs. */
  | "crash"
  | "complete"
  /** From now on the run ignores that it is asked to end. */
  | "hang"
  /** Not any more; nor does its finalizer hang. */
  | "release"

type OfAll = "startAll" | "awaitReady" | "shutdown" | "awaitShutdown"

export type Command =
  | { readonly _tag: "add"; readonly service: string; readonly options: Options }
  | { readonly _tag: Deed; readonly service: string }
  | { readonly _tag: OfAll }
  | { readonly _tag: "advance"; readonly millis: number }

export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one" | "dependents"

export interface GovernorOptions {
  readonly strategy?: Strategy | undefined
  readonly restart?: Policy | undefined
  readonly stopTimeout?: number | undefined
  readonly shutdownTimeout?: number | undefined
}

/** All that is done to one governor, from its first moment. */
export interface Sequence extends GovernorOptions {
  /** Whether the process has no time left, so that each restart waits for a turn of the event loop. */
  readonly busy?: boolean
  readonly commands: ReadonlyArray<Command>
}

/** Few, so that most commands meet a service. */
const names = ["a", "b", "c", "d", "e"]

// Multiples of 100 ms, so that things fall together often.

const policy: fc.Arbitrary<Policy> = fc.record({
  _tag: fc.constantFrom("Always", "OnFailure"),
  delay: fc.constantFrom<Array<Delay>>(300, 0, 1000, "doubling"),
  maxRestarts: fc.constantFrom(1, 2, 2, 3, 3, 0),
  within: fc.constantFrom(500, 2000),
  resetAfter: fc.constantFrom(300, 1000)
}, { requiredKeys: ["_tag", "delay"], noNullPrototype: true })

/** Of names before its own, so that there is no circle; but for a few, where there may be one, or a name that is nobody's. */
const dependsOn = (name: string): fc.Arbitrary<ReadonlyArray<string>> =>
  fc.oneof(
    { weight: 50, arbitrary: fc.subarray(names.slice(0, names.indexOf(name))) },
    { weight: 1, arbitrary: fc.subarray([...names, "nobody"], { maxLength: 2 }) }
  )

/** Of any names: one that takes the name of another may close a circle through what is up, or over. */
const dependsOnAny = (name: string): fc.Arbitrary<ReadonlyArray<string>> =>
  fc.subarray(names.filter((other) => other !== name), { maxLength: 2 })

const seldom = <T>(...values: Array<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) })

/** Seldom significant, or stumbling: that ends the sequence soon, or keeps a service from ever being up. */
const optionsOf = (dependsOn: fc.Arbitrary<ReadonlyArray<string>>, name: string): fc.Arbitrary<Options> =>
  fc.record({
    restart: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom<Array<"inherited" | undefined>>(undefined, "inherited") },
      { weight: 4, arbitrary: policy }
    ),
    stopTimeout: fc.constantFrom(undefined, undefined, 300, 1000),
    dependsOn,
    readiness: fc.constantFrom(undefined, undefined, undefined, "manual", "completed"),
    startTimeout: seldom(300, 500),
    heartbeatTimeout: seldom(300, 500),
    significant: seldom(true),
    stumbles: seldom(1, 2),
    stops: seldom(...names.filter((other) => other !== name)),
    stubborn: seldom(true),
    removesAtEnd: seldom(...names.filter((other) => other !== name)),
    closing: seldom<number | "hangs">(300, 1000, "hangs")
  }, { noNullPrototype: true }).map(simple)

/** One that may be asked to end in its first stretch, by another that it stops, and fails in it, has nothing to close. */
const simple = (options: Options): Options =>
  options.stops === undefined || options.stumbles === undefined ? options : { ...options, closing: undefined }

const service = fc.constantFrom(...names)
const deed = (...deeds: Array<Deed>): fc.Arbitrary<Command> =>
  fc.record({ _tag: fc.constantFrom(...deeds), service }, { noNullPrototype: true })
const ofAll = (_tag: OfAll): fc.Arbitrary<Command> => fc.constant({ _tag })
const add = (service: string, dependencies = dependsOn(service)): fc.Arbitrary<Command> =>
  optionsOf(dependencies, service).map((options) => ({ _tag: "add", service, options }))
const addAgain = (service: string): fc.Arbitrary<Command> => add(service, dependsOnAny(service))
const advance = (...times: Array<number>): fc.Arbitrary<Command> =>
  fc.constantFrom(...times).map((millis) => ({ _tag: "advance", millis }))

/** Weighed so that services are up most of the time, and few sequences end early. */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 18, arbitrary: deed("crash") },
  { weight: 44, arbitrary: deed("start", "start", "start", "restart", "stop", "ready", "ready", "complete") },
  { weight: 18, arbitrary: deed("hang", "release") },
  { weight: 6, arbitrary: deed("beat") },
  { weight: 1, arbitrary: deed("readyLate") },
  { weight: 22, arbitrary: advance(100, 200, 300, 1000) },
  { weight: 2, arbitrary: advance(5000, 60_000) },
  { weight: 6, arbitrary: ofAll("startAll") },
  { weight: 4, arbitrary: deed("remove") },
  { weight: 2, arbitrary: deed("close") },
  { weight: 6, arbitrary: fc.oneof(...names.map((name) => add(name)), ...names.map(addAgain)) },
  { weight: 1, arbitrary: ofAll("awaitReady") },
  { weight: 1, arbitrary: ofAll("awaitShutdown") },
  { weight: 1, arbitrary: ofAll("shutdown") }
)

/** Its layer closes, and at once there is another one of its name. */
const replace: fc.Arbitrary<Array<Command>> = service.chain((name) =>
  addAgain(name).map((add) => [{ _tag: "close", service: name }, add])
)

const commands: fc.Arbitrary<Array<Command>> = fc.array(
  fc.oneof({ weight: 44, arbitrary: command.map((one) => [one]) }, { weight: 1, arbitrary: replace }),
  { maxLength: 60, size: "max" }
).map((lists) => lists.flat())

/**
 * In which order those begin, or fail, that a closed layer lets go is not promised: none of them ends another, or all, and
 * no time is over just when a delay is.
 */
const peaceful = (sequence: Sequence): Sequence => {
  const { commands, shutdownTimeout } = sequence
  if (!commands.some(({ _tag }) => _tag === "close")) return sequence
  return {
    ...sequence,
    shutdownTimeout: between(shutdownTimeout, 10),
    commands: commands.map(peacefulOne)
  }
}

const peacefulOne = (command: Command): Command =>
  command._tag === "add" ? { ...command, options: peacefully(command.options) } : command

const peacefully = ({ heartbeatTimeout, startTimeout, stopTimeout, ...options }: Options): Options => ({
  ...options,
  significant: undefined,
  stops: undefined,
  stumbles: undefined,
  removesAtEnd: undefined,
  stopTimeout: between(stopTimeout, 20),
  startTimeout: between(startTimeout, 30),
  heartbeatTimeout: between(heartbeatTimeout, 40)
})

/** Just beside the times at which things fall together. */
const between = (timeout: number | undefined, by: number): number | undefined => timeout && timeout + by

export const sequence: fc.Arbitrary<Sequence> = fc.noBias(fc.record({
  strategy: fc.constantFrom<Array<Strategy>>("one-for-all", "rest-for-one", "dependents"),
  restart: policy,
  stopTimeout: fc.constantFrom(undefined, undefined, 300, 1000),
  shutdownTimeout: fc.constantFrom(500, 2000),
  busy: fc.boolean(),
  commands: fc.tuple(
    fc.shuffledSubarray(names, { minLength: names.length }).chain((names) =>
      fc.tuple(...names.map((name) => add(name)))
    ),
    fc.constantFrom<Array<Array<Command>>>([], [{ _tag: "startAll" }], [{ _tag: "startAll" }]),
    commands
  ).map((lists) => lists.flat())
}, { requiredKeys: ["commands"], noNullPrototype: true })).map(peaceful).map(reduced)

/** How it ends, whatever came before: whoever hangs is released, and the governor is shut down. */
export const ending: ReadonlyArray<Command> = [
  { _tag: "shutdown" },
  ...names.map((service): Command => ({ _tag: "release", service })),
  { _tag: "advance", millis: 2000 } // finalizers that take their time
]

/** One command as a line: `crash b`, `advance 300`. */
export const show = (command: Command): string => {
  switch (command._tag) {
    case "add":
      return `add ${command.service} ${JSON.stringify(command.options)}`
    case "advance":
      return `advance ${command.millis}`
    default:
      return "service" in command ? `${command._tag} ${command.service}` : command._tag
  }
}
