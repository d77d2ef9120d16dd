#!/usr/bin/env bash
# What a worker thread has printed before it says that it is done is lost, if that word makes the main thread terminate it.
#
# Version: Node 26.10.0 (package `node`).
# Behaviour: a thread prints 10,000 lines with `console.log`, and posts the message "done" after them. The main thread terminates
#   the thread when that message comes. Most of the lines never come out. When the thread closes its port instead, and is left to
#   end by itself, all come out.
# Output seen:
#   left to itself: all lines
#   terminated: lines are missing
# Why the guess is wrong: the lines were written before the message was posted, in one thread, and both ways lead to the same
#   main thread; so who has the message seems to have the lines. But a thread writes to its output as to a stream: after the first
#   piece it waits in the thread until the main thread has taken that. The message waits for nobody. A pool that ends its threads
#   when their work is done loses the last that they have said, which is what one looks for after a crash. A thread has to wait for
#   the callback of `process.stdout.write("", callback)` before it says that it is done.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund node@26.10.0 > npm.log 2>&1

cat > main.mjs << 'JS'
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"

if (isMainThread) {
  const isTerminated = process.argv[2] === "terminated"
  const worker = new Worker(new URL(import.meta.url), { workerData: isTerminated })
  worker.on("message", () => isTerminated && worker.terminate())
} else {
  for (let i = 0; i < 10_000; i++) console.log(`line ${i}`)
  parentPort.postMessage("done")
  if (workerData) setInterval(() => {}, 1000)
  else parentPort.close()
}
JS

linesOf() {
  timeout 60 node_modules/.bin/node main.mjs "$1" > lines
  local count
  count=$(grep -c '^line ' lines)
  if [ "$count" -eq 10000 ]; then echo "all lines"; else echo "lines are missing"; fi
}

{
  echo "left to itself: $(linesOf left)"
  echo "terminated: $(linesOf terminated)"
} > output
cat output
diff - output << 'TEXT'
left to itself: all lines
terminated: lines are missing
TEXT
