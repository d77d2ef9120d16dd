/**
 * Ends the process groups of commands when this process is gone, however it has gone. Nothing in this process can do that, because
 * SIGKILL lets it do nothing. So a shell waits at a pipe of this process for the end of it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"

/** Where a process has its mark in its environment. */
const variable = "EFFECT_GOVERNOR_PROCESS"

/**
 * The groups are listed in `$all`, with a space before and behind each. `$mark` is that of the process that is being started: whose
 * number nobody knows yet. It is looked for in the environments for a second, because it has no environment before it runs its
 * program. The shell leads a group of its own, and heeds no signal that is sent to a whole terminal.
 */
const script = `trap '' HUP INT QUIT TERM
all=' '
mark=
while read -r what who; do
  case $what in
    \\?) mark=$who ;;
    !) mark= ;;
    +) all="$all$who " mark= ;;
    -) case $all in *" $who "*) all="\${all%%" $who "*} \${all#*" $who "}" ;; esac ;;
  esac
done
exec 2>/dev/null
for group in $all; do kill -KILL "-$group"; done
test -n "$mark" || exit
for turn in 1 2 3 4 5 6 7 8 9 10; do
  for file in $(grep -lsaF "${variable}=$mark" /proc/[0-9]*/environ); do
    leader=\${file#/proc/}
    kill -KILL "-\${leader%/environ}"
  done
  sleep 0.1
done`

/** What there is one of in a process, whichever copies of this package are loaded. */
interface Reaper {
  readonly groups: Set<number>
  shell: ChildProcess | undefined
}

const key = Symbol.for("effect-governor/reaper/1")

const shared = (): Reaper => (globalThis as { [key]?: Reaper })[key] ??= { groups: new Set(), shell: undefined }

/**
 * Starts a process that leads a group. From then on the group is killed when this process is gone, also if this process is gone
 * while it starts the other one. `isGone` takes that back.
 *
 * `start` gets what the process must have in its environment.
 *
 * @internal
 */
export const startReaped = <A extends { readonly pid?: number | undefined }>(
  start: (mark: Readonly<Record<string, string>>) => A
): { readonly child: A; readonly isGone: () => void } => {
  const reaper = shared()
  if (reaper.shell === undefined) begin(reaper) // before: to start the shell takes longer than to tell it
  const mark = randomUUID()
  say(reaper, "?", mark)
  let leader: number | undefined
  try {
    const child = start({ [variable]: mark })
    leader = child.pid
    return { child, isGone: leader === undefined ? () => {} : reapLater(reaper, leader) }
  } finally {
    if (leader === undefined) say(reaper, "!", mark)
  }
}

const reapLater = (reaper: Reaper, leader: number): () => void => {
  reaper.groups.add(leader)
  say(reaper, "+", leader)
  return () => {
    reaper.groups.delete(leader)
    say(reaper, "-", leader)
  }
}

/** Keeps this process not up. */
const begin = (reaper: Reaper): void => {
  const shell = spawn("/bin/sh", ["-c", script], { cwd: "/", detached: true, stdio: ["pipe", "ignore", "ignore"] })
  reaper.shell = shell
  const forget = () => {
    if (reaper.shell === shell) reaper.shell = undefined
  }
  shell.on("error", forget)
  shell.once("exit", (_, signal) => {
    forget()
    if (signal !== null && reaper.groups.size > 0 && reaper.shell === undefined) begin(reaper) // somebody has killed the shell
  })
  shell.stdin?.on("error", forget) // it has none if it could not be started
  shell.unref()
  if (shell.stdin !== null && "unref" in shell.stdin) (shell.stdin as { unref(): void }).unref()
  for (const group of reaper.groups) say(reaper, "+", group)
}

/**
 * - `?`: a process with this mark is being started
 * - `!`: it was not started
 * - `+`: it was started, and leads this group
 * - `-`: nothing of this group is left
 */
const say = ({ shell }: Reaper, what: "?" | "!" | "+" | "-", who: number | string): void => {
  if (shell?.stdin?.writable === true) shell.stdin.write(`${what} ${who}\n`)
}
