#!/usr/bin/env bash
# The `exitCode` of Effect's ChildProcess fails when a signal has ended the process, and which signal that was is only in a text.
#
# Version: effect 4.1.0 and @effect/platform-node 4.1.0, on Node 26.10.0.
# Behaviour: three shells end: with code 0, with code 137, and by SIGKILL. `handle.exitCode` succeeds with 0 and with 137. For
#   the third it fails with a PlatformError whose reason is `Unknown`, as for an error that nobody has foreseen. No field has the
#   signal: its name is in the message of the cause.
# Output seen:
#   exit 0: succeeds with 0
#   exit 137: succeeds with 137
#   kill -KILL $$: fails with PlatformError, reason Unknown, fields with the signal: none
#     Process interrupted due to receipt of signal: 'SIGKILL'
# Why the guess is wrong: an exit is a fact of the process, and a code other than 0 is no failure here, so one guesses that the
#   end by a signal is a value too: null and the signal, as Node gives them, or 128 and its number, as a shell does. A program
#   that treats failures of `exitCode` as failures of the system takes the out-of-memory killer for one, and one that asks which
#   signal it was has to read a text.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund effect@4.1.0 @effect/platform-node@4.1.0 > npm.log 2>&1

cat > ends.mjs << 'JS'
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ChildProcess from "effect/process/ChildProcess"

const ended = (script) =>
  Effect.gen(function*() {
    const handle = yield* ChildProcess.make("sh", ["-c", script])
    return yield* Effect.exit(handle.exitCode)
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), Effect.runPromise)

for (const script of ["exit 0", "exit 137", "kill -KILL $$"]) {
  const exit = await ended(script)
  if (Exit.isSuccess(exit)) {
    console.log(`${script}: succeeds with ${exit.value}`)
    continue
  }
  const { _tag, reason } = exit.cause.reasons[0].error
  const { cause, pathOrDescriptor, ...fields } = reason
  const found = Object.keys(fields).filter((field) => String(fields[field]).includes("SIGKILL"))
  console.log(`${script}: fails with ${_tag}, reason ${reason._tag}, fields with the signal: ${found.join() || "none"}`)
  console.log(`  ${cause.message}`)
}
JS

timeout 60 node ends.mjs > output
cat output
diff - output << 'TEXT'
exit 0: succeeds with 0
exit 137: succeeds with 137
kill -KILL $$: fails with PlatformError, reason Unknown, fields with the signal: none
  Process interrupted due to receipt of signal: 'SIGKILL'
TEXT
