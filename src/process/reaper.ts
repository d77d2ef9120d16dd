/**
 * Ends the process groups of commands when this process is gone, however it has gone. Nothing in this process can do that, because
 * SIGKILL lets it do nothing. So a shell waits at a pipe of this process for the end of it.
 */
import { type ChildProcess, spawn } from "node:child_process"

/**
 * The groups are listed in `$all`, with a space before and behind each. The shell leads a group of its own, and heeds no signal
 * that is sent to a whole terminal.
 */
const script = `trap '' HUP INT QUIT TERM
all=' '
while read -r what group; do
  case $what in
    +) all="$all$group " ;;
    -) case $all in *" $group "*) all="\${all%%" $group "*} \${all#*" $group "}" ;; esac ;;
  esac
done
for group in $all; do kill -KILL "-$group" 2>/dev/null; done`

/** What there is one of in a process, whichever copies of this package are loaded. */
interface Reaper {
  readonly groups: Set<number>
  shell: ChildProcess | undefined
}

const key = Symbol.for("effect-governor/reaper/1")

const shared = (): Reaper => (globalThis as { [key]?: Reaper })[key] ??= { groups: new Set(), shell: undefined }

/**
 * Begins the shell, if there is none. Done before a process starts: to start a shell takes some milliseconds, and to tell one that
 * is there takes none.
 *
 * @internal
 */
export const beReady = (): void => {
  const reaper = shared()
  if (reaper.shell === undefined) begin(reaper)
}

/**
 * From now on the group is killed when this process is gone. The result takes that back.
 *
 * @internal
 */
export const reapLater = (leader: number): () => void => {
  const reaper = shared()
  reaper.groups.add(leader)
  if (reaper.shell === undefined) begin(reaper)
  else say(reaper, "+", leader)
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
    if (signal !== null && reaper.groups.size > 0) beReady() // somebody has killed the shell
  })
  shell.stdin.on("error", forget)
  shell.unref()
  if ("unref" in shell.stdin) (shell.stdin as { unref(): void }).unref()
  for (const group of reaper.groups) say(reaper, "+", group)
}

const say = ({ shell }: Reaper, what: "+" | "-", group: number): void => {
  if (shell?.stdin?.writable === true) shell.stdin.write(`${what} ${group}\n`)
}
