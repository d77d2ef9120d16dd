/**
 * What the command writes: to a terminal, a pipe or a file.
 */
import { printable } from "../operations/inWords.ts"
import type { Line, Paper } from "./shown/text.ts"
import { printed } from "./shown/text.ts"

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** No colours where nobody sees them, or nobody wants them; and no line is cut where it is read by a program. */
export const paperFor = ({ columns = 80, isTTY = false }: Stream, env: Environment): Paper => ({
  width: isTTY ? columns : Infinity,
  isColoured: isColoured(isTTY, env)
})

const isColoured = (isTTY: boolean, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean => {
  if (TERM === "dumb" || isSet(NO_COLOR)) return false
  return isTTY || (isSet(FORCE_COLOR) && FORCE_COLOR !== "0" && FORCE_COLOR !== "false")
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

/** How many cells a line may have. */
export const width = (): number => paperFor(process.stdout, process.env).width

/** Writes lines for people. A table has been made to fit; of a sentence nothing may be missing, so the terminal breaks it. */
export const print = (lines: ReadonlyArray<Line>): void => {
  const paper = { ...paperFor(process.stdout, process.env), width: Infinity }
  write(lines.map((line) => `${printed(line, paper)}\n`).join(""))
}

/** Writes what a program reads, as it is. */
export const write = (text: string): void => void process.stdout.write(text)

/** Writes JSON. What a terminal could take for a command is escaped: to a program it is the same. */
export const writeJson = (text: string): void =>
  write(text.replace(escaped, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`))

const escaped = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Writes lines as another program has made them, with nothing that a terminal could take for a command. */
export const writeLines = (text: string): void => write(clean(text))

const clean = (text: string): string => text.split("\n").map(printable).join("\n")

/** Writes what is neither asked for nor an answer. */
export const complain = (sentence: string): void => void process.stderr.write(`effect-governor: ${clean(sentence)}\n`)

/** Who reads through a pipe may have read enough: that is no error, and nothing of what follows would be read. */
export const endWithReader = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: Error & { readonly code?: string }) => {
      if (error.code === "EPIPE" || error.code === "EIO") process.exit()
      throw error
    })
  }
}
