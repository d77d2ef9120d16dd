#!/usr/bin/env bash
# The first sleep of a test on `TestClock`, if it is the sleep of a finalizer, ends at once, as an interruption.
#
# Version: effect 4.1.0.
# Behaviour: a fiber is interrupted, and its `onInterrupt` finalizer sleeps for an hour. Finalizers are uninterruptible, so
#   the finalizer must sleep until the clock is moved. If this is the first sleep of the test, the sleep fails at once,
#   with the interruption of the fiber. If the clock was touched before (`TestClock.adjust(0)`), the finalizer sleeps.
# Output seen:
#   first sleep of the test: finalizer Failure at once
#   after TestClock.adjust(0): finalizer asleep
# Why the guess is wrong: the first sleep forks the fiber of the warning "a test is using time, but is not advancing the
#   test clock", in a region that `TestClock` makes interruptible. The interruption of the fiber is pending, and takes
#   effect in that region. So a test of a slow finalizer passes or fails by what slept before it: the finalizer seems to
#   need no time, and code after the sleep is skipped.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund effect@4.1.0 > npm.log

cat > finalizer.mjs << 'JS'
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

const turns = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
})

/** What an interrupted fiber's finalizer, which sleeps for an hour, has come to while the clock stands still. */
const finalizer = (before) =>
  Effect.gen(function*() {
    yield* before
    let state = "asleep"
    const sleep = Effect.onExit(Effect.sleep("1 hour"), (exit) => Effect.sync(() => void (state = `${exit._tag} at once`)))
    const fiber = yield* Effect.forkChild(Effect.onInterrupt(Effect.never, () => sleep))
    yield* turns
    yield* Effect.forkChild(Fiber.interrupt(fiber))
    yield* turns
    const seen = state
    yield* TestClock.adjust("1 hour") // else the fiber would not end
    return seen
  }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)

console.log(`first sleep of the test: finalizer ${await finalizer(Effect.void)}`)
console.log(`after TestClock.adjust(0): finalizer ${await finalizer(TestClock.adjust(0))}`)
JS

node finalizer.mjs > seen
cat seen
diff seen - << 'EXPECTED'
first sleep of the test: finalizer Failure at once
after TestClock.adjust(0): finalizer asleep
EXPECTED
