#!/usr/bin/env bash
# concurrently, asked to leave during a restart delay, restarts the command first, and after SIGTERM as often as it may.
#
# Version: concurrently 10.0.7, with Node 26.10.0. Linux.
# Behaviour: a command that fails is restarted five times, with a second between the runs (`--restart-tries 5
#   --restart-after 1000`). The signal comes after the first run has ended, so no command is there that could get it.
#   SIGTERM changes nothing: the other five runs take place, and then concurrently leaves. After SIGINT the delay is waited
#   for, and the command runs once more; then concurrently leaves, with exit code 0, though the command failed each time.
# Output seen:
#   SIGTERM: 6 runs, exit code 1
#   SIGINT: 2 runs, exit code 0
# Why the guess is wrong: who restarts commands is expected to stop doing so when asked to leave, above all while nothing
#   runs that would have to end first. A container is killed in the middle of such a run when its grace period is over.
#
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill -KILL "$pid" 2> /dev/null || true; fi; rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm pkg set allowScripts.node=true --json > npm.log
npm install --no-audit --no-fund node@26.10.0 concurrently@10.0.7 > npm.log
test "$(node_modules/.bin/node --version)" = v26.10.0

cat > fail.mjs << 'JS'
import { appendFileSync } from "node:fs"
appendFileSync("runs", "run\n")
process.exit(1)
JS

tell() {
  rm -f runs log
  node_modules/.bin/node node_modules/concurrently/dist/bin/index.js --restart-tries 5 --restart-after 1000 \
    "node_modules/.bin/node fail.mjs" > log 2>&1 &
  pid=$!
  until grep -q "exited with code 1" log; do sleep 0.05; done
  kill "-$1" "$pid"
  code=0
  wait "$pid" || code=$?
  pid=
  echo "SIG$1: $(wc -l < runs) runs, exit code $code"
}

set -m # a background process of a script ignores SIGINT otherwise
{ tell TERM; tell INT; } > seen
cat seen
diff seen - << 'EXPECTED'
SIGTERM: 6 runs, exit code 1
SIGINT: 2 runs, exit code 0
EXPECTED
