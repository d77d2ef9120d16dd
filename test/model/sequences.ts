/** Which sequences are drawn: how often each command is in them, and what is left out since no rule promises it. */
import fc from "fast-check"
import {
  type Command,
  type Deed,
  type Delay,
  names,
  type OfAll,
  type Options,
  type Policy,
  type Sequence,
  type Strategy
} from "./commands.ts"

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

/** It depends on these, or is bound to them. */
const optionsOf = (dependencies: fc.Arbitrary<ReadonlyArray<string>>, name: string): fc.Arbitrary<Options> =>
  fc.tuple(ownOptions(name), dependencies, fc.constantFrom("none", "none", "all", "some")).map(withBinds)

const withBinds = ([options, others, binds]: readonly [Options, ReadonlyArray<string>, string]): Options => ({
  ...options,
  dependsOn: binds === "all" ? [] : others.filter((_, i) => binds === "none" || i % 2 === 1),
  bindsTo: binds === "none" ? undefined : others.filter((_, i) => binds === "all" || i % 2 === 0)
})

/** Seldom significant, or stumbling: that ends the sequence soon, or keeps a service from ever being up. */
const ownOptions = (name: string): fc.Arbitrary<Options> =>
  fc.record({
    restart: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom<Array<"inherited" | undefined>>(undefined, "inherited") },
      { weight: 4, arbitrary: policy }
    ),
    stopTimeout: fc.constantFrom(undefined, undefined, 300, 1000),
    readiness: fc.constantFrom(undefined, undefined, undefined, "manual", "completed"),
    probe: seldom<"readiness" | "liveness">("readiness", "liveness"),
    startTimeout: seldom(300, 500),
    heartbeatTimeout: seldom(300, 500),
    significant: seldom<boolean | "failure">(true, "failure"),
    removeWhenOver: seldom(true),
    stumbles: seldom(1, 2),
    stops: seldom(...names.filter((other) => other !== name)),
    stubborn: seldom(true),
    mortal: fc.option(fc.constant(true), { freq: 3, nil: undefined }),
    removesAtEnd: fc.option(fc.constantFrom(...names.filter((other) => other !== name)), { freq: 2, nil: undefined }),
    placed: seldom(0, 100, 300),
    closing: seldom<number | "hangs">(300, 1000, "hangs")
  }, { noNullPrototype: true }).map(simple)

/**
 * One that may be asked to end in its first stretch, by another that it stops, and fails in it, has nothing to close. One that is
 * probed whether it is ready does not say so.
 */
const simple = (options: Options): Options => ({
  ...options,
  ...(options.mortal === true &&
    { removesAtEnd: undefined, closing: options.closing === "hangs" ? "hangs" : undefined }),
  ...(options.stops !== undefined && options.stumbles !== undefined && { closing: undefined }),
  ...(options.probe === "readiness" && { readiness: undefined })
})

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
  { weight: 6, arbitrary: deed("unready") },
  { weight: 8, arbitrary: deed("sick", "sick", "well") },
  { weight: 22, arbitrary: advance(100, 200, 300, 1000) },
  { weight: 2, arbitrary: advance(5000, 60_000) },
  { weight: 8, arbitrary: deed("claim", "claim", "lose") },
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

const sequenceOfAll: fc.Arbitrary<Sequence> = fc.record({
  strategy: fc.constantFrom<Array<Strategy>>("one-for-all", "rest-for-one", "dependents"),
  restart: policy,
  stopTimeout: fc.constantFrom(undefined, undefined, 300, 1000),
  drainDelay: fc.constantFrom(undefined, undefined, 170, 450),
  shutdownTimeout: fc.constantFrom(550, 2050), // what ends just as all time is over comes before or after that
  busy: fc.boolean(),
  inside: fc.boolean(),
  commands: fc.tuple(
    fc.shuffledSubarray(names, { minLength: names.length }).chain((names) =>
      fc.tuple(...names.map((name) => add(name)))
    ),
    fc.constantFrom<Array<Array<Command>>>([], [{ _tag: "startAll" }], [{ _tag: "startAll" }]),
    commands
  ).map((lists) => lists.flat())
}, { requiredKeys: ["commands"], noNullPrototype: true })

/**
 * Some sequences have runs that remove another service as they end. Whether such a run is answered before or after what else
 * follows from the removal is not promised: in these no group, no layer that closes, and no other service waits for the same, nor is one bound to it;
 * nor are the times of two of them over at once.
 */
const withRemovals = (sequence: Sequence): Sequence => ({
  ...sequence,
  strategy: undefined,
  stopTimeout: undefined,
  commands: withOptions(
    sequence.commands.filter(({ _tag }) => _tag !== "close" && _tag !== "awaitReady"),
    ({ bindsTo = [], dependsOn = [], heartbeatTimeout, startTimeout, stopTimeout, ...options }, service) => ({
      ...options,
      dependsOn: [...dependsOn, ...bindsTo],
      significant: undefined,
      stops: undefined,
      placed: undefined,
      heartbeatTimeout: ofItsOwn(heartbeatTimeout, service),
      startTimeout: ofItsOwn(startTimeout, service),
      stopTimeout: ofItsOwn(stopTimeout, service)
    })
  )
})

const ofItsOwn = (millis: number | undefined, service: string): number | undefined =>
  millis && millis + 7 * (1 + names.indexOf(service))

/** In which order a layer lets go is not promised, nor of a group and a layer which does first: none that begins then ends others. */
const withoutRemovals = (sequence: Sequence): Sequence => ({
  ...sequence,
  commands: withOptions(
    sequence.commands,
    sequence.commands.some(({ _tag }) => _tag === "close")
      ? (options) => ({ ...options, stumbles: undefined, stops: undefined, removesAtEnd: undefined })
      : (options) => ({ ...options, removesAtEnd: undefined })
  )
})

const withOptions = (
  commands: ReadonlyArray<Command>,
  change: (options: Options, service: string) => Options
): ReadonlyArray<Command> =>
  commands.map((command) =>
    command._tag === "add" ? { ...command, options: change(command.options, command.service) } : command
  )

/**
 * In which order those are asked to end, and fail, that nothing keeps from it is not promised. So where services are bound, which
 * fail with one of those, no two are given up at one time, and none that fails ends all others.
 */
const withOwnTimes = (sequence: Sequence): Sequence =>
  sequence.commands.some((command) => command._tag === "add" && command.options.bindsTo !== undefined)
    ? {
      ...sequence,
      stopTimeout: undefined,
      commands: withOptions(sequence.commands, ({ stopTimeout, ...options }, service) => ({
        ...options,
        significant: undefined,
        stopTimeout: ofItsOwn(stopTimeout ?? sequence.stopTimeout, service)
      }))
    }
    : sequence

/** Nothing starts that depends on what a cluster places. So that is left to few sequences. */
const withoutFarDependencies = (sequence: Sequence): Sequence => {
  const placed = new Set(
    sequence.commands.flatMap((command) =>
      command._tag === "add" && command.options.placed !== undefined ? [command.service] : []
    )
  )
  const near = (names: ReadonlyArray<string> | undefined) => names?.filter((name) => !placed.has(name))
  return {
    ...sequence,
    commands: withOptions(sequence.commands, ({ bindsTo, dependsOn, ...options }) => ({
      ...options,
      dependsOn: near(dependsOn),
      bindsTo: near(bindsTo)
    }))
  }
}

export const sequence: fc.Arbitrary<Sequence> = fc.noBias(fc.oneof(
  { weight: 12, arbitrary: sequenceOfAll.map(withoutFarDependencies).map(withoutRemovals).map(withOwnTimes) },
  { weight: 1, arbitrary: sequenceOfAll.map(withoutRemovals).map(withOwnTimes) },
  { weight: 3, arbitrary: sequenceOfAll.map(withRemovals) }
))
