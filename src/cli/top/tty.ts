/**
 * The terminal as `top` uses it, and as it was before: whatever ends `top` or stops it, the terminal is given back.
 */
import { writeSync } from "node:fs"

/** The alternate screen, without a cursor, where long lines are not continued. */
const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l"
const leave = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l"

/** Signals that end the process. */
const ends = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

/** How long a process that has asked for its own stop may still run, in milliseconds. */
const grace = 100

export interface Tty {
  readonly write: (text: string) => void
  /** Gives the terminal back, for good. */
  readonly close: () => void
  /** Gives the terminal back and stops the process, as Ctrl-Z does, until somebody continues it. */
  readonly suspend: () => void
}

/** Takes the terminal. `onShown` is called when the screen has to be drawn anew, because it is another one or was away. */
export const open = (onText: (text: string) => void, onShown: () => void): Tty => {
  const { stdin, stdout } = process
  let isTaken = false

  const take = (): void => {
    if (isTaken) return
    isTaken = true
    stdin.setRawMode(true)
    stdout.write(enter)
    onShown()
  }
  // At once, because the process may end or stop with the next instruction.
  const giveBack = (): void => {
    if (!isTaken) return
    isTaken = false
    attempt(() => stdin.setRawMode(false))
    attempt(() => writeSync(stdout.fd, leave))
  }

  // The default of a signal happens after the terminal was given back.
  const onEnd = (signal: NodeJS.Signals): void => {
    close()
    process.kill(process.pid, signal)
  }
  const suspend = (): void => {
    giveBack()
    process.removeListener("SIGTSTP", suspend)
    // The whole job, as the terminal itself would do it: who has started us waits for us, and its shell for both.
    process.kill(0, "SIGTSTP")
    // A job that nobody could continue is not stopped at all.
    setTimeout(resume, grace)
  }
  const resume = (): void => {
    process.removeListener("SIGTSTP", suspend)
    if (isOpen) process.on("SIGTSTP", suspend)
    if (isOpen) take()
  }

  let isOpen = true
  const close = (): void => {
    isOpen = false
    giveBack()
    for (const signal of ends) process.removeListener(signal, onEnd)
    process.removeListener("SIGTSTP", suspend).removeListener("SIGCONT", resume)
    process.removeListener("uncaughtExceptionMonitor", giveBack).removeListener("exit", giveBack)
    stdout.removeListener("resize", onShown)
    stdin.removeListener("data", onText).pause()
  }

  for (const signal of ends) process.on(signal, onEnd)
  process.on("SIGTSTP", suspend).on("SIGCONT", resume)
  process.on("uncaughtExceptionMonitor", giveBack).on("exit", giveBack)
  stdout.on("resize", onShown)
  stdin.setEncoding("utf8").on("data", onText)
  take()
  return { write: (text) => void stdout.write(text), close, suspend }
}

/** Who has hung up takes nothing back. */
const attempt = (act: () => void): void => {
  try {
    act()
  } catch {
    // There is no terminal any more.
  }
}
