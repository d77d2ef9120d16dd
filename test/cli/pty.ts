/**
 * A pseudo-terminal, as a person at a keyboard has one: made with the C library, because Node has none. The child is the first
 * of a session of its own, by `setsid` of util-linux, so that Ctrl-C, Ctrl-Z and the size of the window are those of a terminal.
 */
import { displayWidth } from "effect/cli/CliOutput"
import { spawn, spawnSync } from "node:child_process"
import { closeSync, constants, createReadStream, openSync, writeSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

/** How long a screen that will not come is waited for, in milliseconds: a failure shows the screen then. */
const patience = 20_000

const signatures = {
  posix_openpt: { arguments: ["i32"], return: "i32" },
  grantpt: { arguments: ["i32"], return: "i32" },
  unlockpt: { arguments: ["i32"], return: "i32" },
  ptsname_r: { arguments: ["i32", "buffer", "u64"], return: "i32" },
  ioctl: { arguments: ["i32", "u64", "buffer"], return: "i32" }
} as const

/** Sets the size of a window. Of Linux. */
const TIOCSWINSZ = 0x5414

export interface Size {
  readonly columns: number
  readonly rows: number
}

const open = ({ columns, rows }: Size) => {
  const { functions: libc } = process.getBuiltinModule("node:ffi").dlopen(null, signatures)
  const master = libc.posix_openpt(constants.O_RDWR | constants.O_NOCTTY)
  const name = Buffer.alloc(128)
  if (master < 0 || libc.grantpt(master) < 0 || libc.unlockpt(master) < 0) throw new Error("no pseudo-terminal")
  if (libc.ptsname_r(master, name, BigInt(name.length)) !== 0) throw new Error("a pseudo-terminal without a name")
  const resize = ({ columns, rows }: Size) => {
    if (libc.ioctl(master, BigInt(TIOCSWINSZ), Buffer.from(Uint16Array.of(rows, columns, 0, 0).buffer)) < 0) {
      throw new Error("the window has no size")
    }
  }
  resize({ columns, rows })
  return { master, path: name.toString("utf8", 0, name.indexOf(0)), resize }
}

/** Not passed over silently: without it, nothing of this is tested. */
export const checkSetsid = (): void => {
  if (spawnSync("setsid", ["--version"]).error !== undefined) {
    throw new Error("setsid is not installed (util-linux): top was not tested in a terminal")
  }
}

export const inTerminal = (
  file: string,
  args: ReadonlyArray<string>,
  { columns = 100, env = {}, rows = 20 }: Partial<Size> & { readonly env?: Record<string, string | undefined> } = {}
) => {
  checkSetsid()
  const { master, path, resize } = open({ columns, rows })
  const slave = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
  const child = spawn("setsid", ["--ctty", file, ...args], {
    stdio: [slave, slave, slave],
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: "xterm", TZ: "UTC", ...env }
  })
  closeSync(slave)
  const screen = new Screen({ columns, rows })
  const waiting = new Set<() => void>()
  const output = createReadStream("", { fd: master, autoClose: true, encoding: "utf8" })
  output.on("data", (text) => {
    screen.take(String(text))
    for (const look of waiting) look()
  })
  output.on("error", () => {}) // the terminal is gone when nobody has it open any more
  const over = new Promise<void>((resolve) => void output.once("close", resolve))
  /** Resolves when the process has ended, and the screen has all that it wrote. */
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => void over.then(() => resolve({ code, signal })))
  })

  /** Resolves when the screen is so; rejects if the process ends before. */
  const shows = async (isSo: (screen: Screen) => boolean): Promise<void> => {
    if (isSo(screen)) return
    const found = new Promise<"found">((resolve) => {
      const look = () => {
        if (!isSo(screen)) return
        waiting.delete(look)
        resolve("found")
      }
      waiting.add(look)
    })
    const late = sleep(patience, undefined, { ref: false })
    if ((await Promise.race([found, over, late])) !== "found" && !isSo(screen)) {
      throw new Error(`the screen is still:\n${screen.text()}\nfaults: ${screen.faults.join("\n")}`)
    }
  }
  return {
    pid: child.pid!,
    kill: () => void child.kill("SIGKILL"),
    screen,
    exit,
    over,
    type: (text: string) => void writeSync(master, text),
    resize: (size: Size) => {
      screen.resize(size)
      resize(size)
    },
    shows,
    /** Resolves when the screen has the text, or a text that matches. */
    sees: (text: string | RegExp) =>
      shows((screen) => typeof text === "string" ? screen.text().includes(text) : text.test(screen.text()))
  }
}

/** Whether the cell is the second one of a character. */
const isHalf = (cell: string | undefined): boolean => cell === "" || cell?.startsWith("\u0000") === true

type Grid = Array<Array<string>>

const grid = ({ columns, rows }: Size): Grid =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => " "))

/** What a terminal makes of the sequences that our painter uses. Anything else is a fault. */
export class Screen {
  #size: Size
  #main: Grid
  #grid: Grid
  #x = 0
  #y = 0
  /** Where the cursor was when the alternate screen was entered. */
  #left: [x: number, y: number] = [0, 0]
  #rest = ""
  /** The style of what is written next, as it was asked for. */
  #style = ""
  isAlternate = false
  isCursorShown = true
  wraps = true
  /** How much was written, in characters. */
  written = 0
  /** All that was written, for those who look for sequences. */
  raw = ""
  /** Texts that were longer than their line. */
  readonly faults: Array<string> = []

  constructor(size: Size) {
    this.#size = size
    this.#main = grid(size)
    this.#grid = this.#main
  }

  resize(size: Size): void {
    this.#size = size
    this.#grid = grid(size)
    if (!this.isAlternate) this.#main = this.#grid
  }

  lines(): ReadonlyArray<string> {
    // oxlint-disable-next-line no-control-regex
    return this.#grid.map((row) => row.join("").replaceAll(/\u0000[\d;]*\u0000/g, "").trimEnd())
  }

  /** Each character with its style behind it. */
  styled(): ReadonlyArray<string> {
    return this.#grid.map((row) => row.join(""))
  }

  text(): string {
    return this.lines().join("\n")
  }

  take(piece: string): void {
    this.written += piece.length
    this.raw += piece
    let left = this.#rest + piece
    this.#rest = ""
    while (left !== "") {
      // oxlint-disable-next-line no-control-regex
      const [sequence, parameters, final] = /^\u001b\[([?\d;]*)([A-Za-z])/.exec(left) ?? []
      if (sequence !== undefined) {
        this.#obey(parameters!, final!)
        left = left.slice(sequence.length)
      } else if (left.startsWith("\u001b")) {
        if (left.length > 20) this.faults.push(`unknown: ${JSON.stringify(left.slice(0, 20))}`)
        this.#rest = left
        return
      } else {
        const end = left.indexOf("\u001b")
        const text = end < 0 ? left : left.slice(0, end)
        this.#put(text)
        left = left.slice(text.length)
      }
    }
  }

  #obey(parameters: string, final: string): void {
    const [first = 0, second = 0] = parameters.split(";").map(Number)
    switch (`${parameters.startsWith("?") ? parameters : ""}${final}`) {
      case "?1049h":
        this.isAlternate = true
        this.#left = [this.#x, this.#y]
        this.#grid = grid(this.#size)
        return
      case "?1049l":
        this.isAlternate = false
        ;[this.#x, this.#y] = this.#left
        this.#grid = this.#main
        return
      case "?25h":
        this.isCursorShown = true
        return
      case "?25l":
        this.isCursorShown = false
        return
      case "?7h":
        this.wraps = true
        return
      case "?7l":
        this.wraps = false
        return
      case "?2004h":
      case "?2004l":
        return // of shells
      case "H":
        this.#y = Math.max(1, first) - 1
        this.#x = Math.max(1, second) - 1
        return
      case "G":
        this.#x = Math.max(1, first) - 1
        return
      case "J":
        this.#grid = grid(this.#size)
        if (!this.isAlternate) this.#main = this.#grid
        return
      case "m":
        this.#style = parameters === "0" || parameters === "" ? "" : `\u0000${parameters}\u0000`
        return
      case "K":
        return
      default:
        this.faults.push(`unknown: ${parameters}${final}`)
    }
  }

  #put(text: string): void {
    for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
      if (segment.includes("\n") || segment === "\r") {
        this.#x = 0
        if (segment.includes("\n")) this.#feed()
        continue
      }
      const width = displayWidth(segment)
      const isOutside = this.#x + width > this.#size.columns
      if (isOutside && this.isAlternate) {
        this.faults.push(`outside: ${JSON.stringify(segment)} at ${this.#x},${this.#y}`)
      }
      if (isOutside) {
        this.#x = 0
        this.#feed()
      }
      const row = this.#grid[this.#y]
      if (row === undefined) continue
      // Half of a character is none.
      if (isHalf(row[this.#x]) && this.#x > 0) row[this.#x - 1] = " "
      if (isHalf(row[this.#x + width])) row[this.#x + width] = " "
      row[this.#x] = segment + this.#style
      if (width === 2) row[this.#x + 1] = this.#style
      this.#x += width
    }
  }

  #feed(): void {
    this.#y++
    if (this.#y < this.#size.rows) return
    this.#y = this.#size.rows - 1
    this.#grid.shift()
    this.#grid.push(grid({ columns: this.#size.columns, rows: 1 })[0]!)
  }
}
