/** Services of Effect that behave as they are told to. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Governor, ServiceRun, StopService } from "../../src/index.ts"
import type { Conduct } from "./conduct.ts"
import { dueOf } from "./due.ts"
import { dies, fate, late, onStopOf } from "./onStop.ts"
import type { Scene } from "./Scene.ts"

type Body = Effect.Effect<void, unknown, Scope.Scope>

interface Bodies {
  readonly run: Body
  readonly onStop: Effect.Effect<void>
}

/** The run counts until its scope is closed, in those that have one. `governor`: the one that it is in. */
export const effectBody = (name: string, scene: Scene, governor: Governor.Governor): Bodies => {
  let conduct: Conduct
  const begins = Effect.sync(() => scene.begins(name))
  const leaves = Effect.sync(() => scene.leaves(name))
  const run = Effect.suspend(() => {
    const own = conduct = scene.conduct()
    const body = Effect.suspend(() => begin(name, scene, own, governor))
    const needsScope = own.litter !== "nothing" || own.stop !== "nothing" || own.asksIn === "a finalizer"
    if (!needsScope) return Effect.acquireUseRelease(begins, () => body, () => leaves)
    return Effect.andThen(Effect.acquireRelease(begins, () => leaves), body)
  })
  return { run, onStop: onStopOf(name, scene, () => conduct) }
}

const begin = (name: string, scene: Scene, conduct: Conduct, governor: Governor.Governor): Body => {
  const { asks, asksIn, first } = conduct
  if (first !== "goes on") scene.ends(name, { outcome: first === "throws" ? "Crashed" : "Completed", isForGood: false })
  if (first === "throws") throw scene.thrownBy(name)
  if (first === "returns") return Effect.void
  const ask = asks === "nothing" ? Effect.void : askFor(asks, name, scene, governor)
  return Effect.gen(function*() {
    if (asks !== "nothing" && asksIn === "a finalizer") yield* Effect.addFinalizer(() => ask)
    yield* litter(name, scene, conduct)
    if (asksIn === "its run") yield* ask
    yield* Effect.onInterrupt(lasts(name, scene, conduct), () => leave(name, scene, conduct))
    yield* end(name, scene, conduct)
  })
}

/** It would wait for itself, if it was not answered at once. */
const askFor = (
  deed: "stop" | "restart",
  name: string,
  { ledger }: Scene,
  governor: Governor.Governor
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const start = ledger.startsOf(name)
    const handle = yield* governor.get(name)
    const { _tag } = yield* handle.status
    // The event may come later: its finalizers begin before that is told.
    const isGivenUp = ledger.wasAbandoned(name, start) || _tag === "Failed"
    const command: Effect.Effect<void, unknown> = handle[deed]
    yield* Effect.ignore(command)
    if (isGivenUp || !ledger.wasAbandoned(name, start)) return
    ledger.complain(`run ${start} of "${name}" asked for ${deed}, and was answered when it was given up`)
  }).pipe(Effect.ignore)

/** In its scope, and what it leaves behind there. */
const litter = Effect.fnUntraced(function*(name: string, scene: Scene, conduct: Conduct) {
  if (conduct.stop !== "nothing") yield* Effect.addFinalizer(() => stop(name, scene, conduct))
  const { fork } = yield* ServiceRun
  switch (conduct.litter) {
    case "a sleep":
      return yield* Effect.forkChild(Effect.sleep("1 hour"))
    case "a child":
      return yield* fork(Effect.never)
    case "a failing child":
      return yield* fork(
        Effect.andThen(Effect.sleep(conduct.slowness), Effect.suspend(() => Effect.fail(scene.thrownBy(name, "child"))))
      )
    case "nothing":
    case "a listener":
      return undefined
  }
})

const lasts = Effect.fnUntraced(function*(name: string, scene: Scene, conduct: Conduct) {
  const { asked, beats, lasts, readyAfter, reason, saysWhyNot, slowness, waits } = conduct
  const { awaitStop, heartbeat, ready, unready } = yield* ServiceRun
  if (saysWhyNot) yield* unready(reason)
  yield* Effect.sleep(readyAfter)
  yield* ready
  if (asked === "ignores it") return // and goes on where nobody can interrupt it
  yield* pauses(name, scene, conduct)
  if (waits === "until asked") return yield* Effect.uninterruptible(Effect.andThen(awaitStop, Effect.sleep(slowness)))
  const sleep = waits === "signal" ? sleepUnlessAsked : Effect.sleep
  for (let left = lasts; left > 0; left -= 20) {
    if (beats) yield* heartbeat
    yield* beats ? sleep(Math.min(left, 20)) : left === Infinity ? Effect.never : sleep(left)
    if (!beats) return
  }
})

/** Now and then it is not ready. */
const pauses = Effect.fnUntraced(function*(name: string, { ledger }: Scene, conduct: Conduct) {
  const { comesBack, reason, slowness } = conduct
  const { ready, unready } = yield* ServiceRun
  for (let left = conduct.pauses; left > 0; left--) {
    yield* Effect.sleep(slowness)
    yield* unready(reason)
    yield* Effect.sleep(slowness)
    ledger.isPaused(name)
    if (left > 1 || comesBack) yield* ready
  }
})

/** Where nobody can interrupt it. */
const sleepUnlessAsked = (millis: number): Effect.Effect<void> =>
  Effect.uninterruptible(
    Effect.raceFirst(Effect.interruptible(ServiceRun.awaitStop), Effect.interruptible(Effect.sleep(millis)))
  )

const leave = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  if (conduct.asked === "leaves slowly") return Effect.sleep(conduct.slowness)
  return conduct.asked === "throws" ? dies(name, scene) : Effect.void
}

const end = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void, unknown> => {
  if (conduct.asked === "ignores it") return Effect.uninterruptible(endsLate(name, scene, conduct))
  scene.ends(name, dueOf(conduct, "effect"))
  switch (conduct.ends) {
    case "returns":
      return Effect.void
    case "throws":
      return Effect.suspend(() => Effect.fail(scene.thrownBy(name)))
    case "stops":
      return Effect.fail(new StopService())
    case "stops for good":
      return ServiceRun.use(({ stop }) => stop)
    case "fails for good":
      return Effect.fail(new StopService({ restart: false, error: scene.thrownBy(name) ?? "nothing" }))
    case "interrupts itself":
      return Effect.interrupt
  }
}

/** Whether it was asked to or not. */
const endsLate = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  const tells = Effect.sync(() =>
    scene.ends(name, { outcome: conduct.failsLate ? "Crashed" : "either", isForGood: false })
  )
  return Effect.andThen(
    Effect.promise(() => scene.until(conduct.late)),
    Effect.andThen(tells, fate(name, scene, conduct))
  )
}

const stop = (name: string, scene: Scene, conduct: Conduct): Effect.Effect<void> => {
  switch (conduct.stop) {
    case "nothing":
    case "returns":
      return Effect.void
    case "throws":
    case "rejects":
      return dies(name, scene)
    case "is slow":
      return Effect.sleep(conduct.slowness)
    case "never settles":
      return late(name, scene, conduct)
  }
}
