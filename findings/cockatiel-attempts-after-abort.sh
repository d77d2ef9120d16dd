#!/usr/bin/env bash
# A retry of cockatiel whose signal is aborted during the delay waits for the whole delay, and then attempts once more.
#
# Version: cockatiel 4.0.0, with Node 26.10.0.
# Behaviour: `retry(…).execute(fn, signal)` looks at the signal after an attempt has failed, and not while it waits or after
#   that. The signal is aborted long before the delay is over: the delay goes on, `fn` is called again, with an aborted
#   signal in its context, and only then `execute` rejects with the error of that attempt.
# Output seen:
#   aborted after attempt 1, settled after attempt 2, the whole delay had passed: true
#   the signal of attempt 2 was aborted before it began: true
# Why the guess is wrong: a signal is given so that waiting ends. The manual says that the last error is thrown when
#   "cancellation is requested", so one expects the error of the first attempt, at once. Who stops a service while such a
#   retry waits has to wait for the longest delay of its backoff, and the work begins once more after the stop.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm pkg set allowScripts.node=true --json > npm.log
npm install --no-audit --no-fund node@26.10.0 cockatiel@4.0.0 > npm.log
test "$(node_modules/.bin/node --version)" = v26.10.0

cat > retries.mjs << 'JS'
import { ConstantBackoff, handleAll, retry } from "cockatiel"

const delay = 1500
const controller = new AbortController()
const policy = retry(handleAll, { maxAttempts: 5, backoff: new ConstantBackoff(delay) })
let attempts = 0
let failedAt = 0
const wasAborted = []

const attempt = ({ signal }) => {
  attempts++
  wasAborted.push(signal.aborted)
  if (attempts === 1) {
    failedAt = performance.now()
    setTimeout(() => controller.abort(), 100)
  }
  throw new Error("refused")
}

await policy.execute(attempt, controller.signal).catch(() => {})
const waited = performance.now() - failedAt
console.log(
  `aborted after attempt 1, settled after attempt ${attempts}, the whole delay had passed: ${waited > delay - 50}`
)
console.log(`the signal of attempt 2 was aborted before it began: ${wasAborted[1]}`)
JS

node_modules/.bin/node retries.mjs > seen
cat seen
diff seen - << 'EXPECTED'
aborted after attempt 1, settled after attempt 2, the whole delay had passed: true
the signal of attempt 2 was aborted before it began: true
EXPECTED
