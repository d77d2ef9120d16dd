#!/usr/bin/env bash
# tree-kill says that it has killed a tree whose first process has crashed, and what that process has started lives on.
#
# Version: tree-kill 1.2.2, on Node 26.10.0 and Debian's procps.
# Behaviour: a shell starts `sleep` in the background and ends with code 1. `treeKill(pid, "SIGKILL", callback)` with the number
#   of the shell calls back without an error. The `sleep` is there.
# Output seen:
#   the shell has ended with code 1
#   error of tree-kill: none
#   the sleep is alive: true
# Why the guess is wrong: the function is made to leave nothing of a tree, and it is called after a crash as well as for a stop.
#   It finds the tree by asking who has the process as parent. Once that process is dead, its children have another parent, so
#   the tree is empty; and that the process itself is not there is no error for it. A supervisor that cleans up so after a crash
#   starts the next run beside what the last one has left. A process group has no such gap: its members keep it.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm install --no-audit --no-fund tree-kill@1.2.2 > npm.log 2>&1

cat > tree.mjs << 'JS'
import { spawn } from "node:child_process"
import treeKill from "tree-kill"

const shell = spawn("sh", ["-c", "sleep 60 & echo $!; exit 1"], { stdio: ["ignore", "pipe", "ignore"] })
const pid = new Promise((resolve) => shell.stdout.once("data", (text) => resolve(Number(text))))
const code = await new Promise((resolve) => shell.once("exit", resolve))
console.log(`the shell has ended with code ${code}`)
const sleeper = await pid
const error = await new Promise((resolve) => treeKill(shell.pid, "SIGKILL", resolve))
console.log(`error of tree-kill: ${error ?? "none"}`)
let isAlive = true
try {
  process.kill(sleeper, 0)
} catch {
  isAlive = false
}
console.log(`the sleep is alive: ${isAlive}`)
if (isAlive) process.kill(sleeper, "SIGKILL")
JS

timeout 60 node tree.mjs > output
cat output
diff - output << 'TEXT'
the shell has ended with code 1
error of tree-kill: none
the sleep is alive: true
TEXT
