#!/usr/bin/env bash
# The reason of an aborted signal keeps alive the objects whose methods led to `abort()`, until somebody reads its stack.
#
# Version: Node 26.10.0 (package `node`); the same with Node 20.20.2.
# Behaviour: a method of an object calls `controller.abort()`. All that is kept afterwards is the signal. The object is not
#   collected: the reason, a `DOMException`, has captured the frames of the stack with their receivers, and turns them into
#   text on the first read of `stack` only. One read of `stack` frees the object.
# Output seen:
#   the stack of the reason was not read: the object is alive
#   the stack of the reason was read: the object was collected
# Why the guess is wrong: a reason looks like a name and a message. A program that keeps one signal, or one shared reason,
#   for as long as the process runs, keeps whatever first aborted with it: here a megabyte.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm pkg set allowScripts.node=true --json > npm.log
npm install --no-audit --no-fund node@26.10.0 > npm.log
test "$(node_modules/.bin/node --version)" = v26.10.0

cat > kept.mjs << 'JS'
import { setImmediate } from "node:timers/promises"

class Owner {
  data = new Uint8Array(1_000_000)

  stop(controller) {
    controller.abort()
  }
}

const stopped = (controller) => {
  const owner = new Owner()
  owner.stop(controller)
  return new WeakRef(owner)
}

for (const isRead of [false, true]) {
  const controller = new AbortController()
  const owner = stopped(controller)
  if (isRead) void controller.signal.reason.stack
  for (let i = 0; i < 5; i++) {
    await setImmediate()
    gc()
  }
  const state = owner.deref() === undefined ? "was collected" : "is alive"
  console.log(`the stack of the reason was ${isRead ? "" : "not "}read: the object ${state}`)
  if (!controller.signal.aborted) throw new Error("the signal is kept")
}
JS

node_modules/.bin/node --expose-gc kept.mjs > seen
cat seen
diff seen - << 'EXPECTED'
the stack of the reason was not read: the object is alive
the stack of the reason was read: the object was collected
EXPECTED
