/**
 * What the command writes: to a terminal, a pipe or a file.
 */
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

/** Writes lines for people. */
export const print = (lines: ReadonlyArray<Line>): void => {
  const paper = paperFor(process.stdout, process.env)
  write(lines.map((line) => `${printed(line, paper)}\n`).join(""))
}

/** Writes what a program reads, as it is. */
export const write = (text: string): void => void process.stdout.write(text)

/** Writes what is neither asked for nor an answer. */
export const complain = (sentence: string): void => void process.stderr.write(`effect-governor: ${sentence}\n`)

/** Who reads through a pipe may have read enough: that is no error, and nothing of what follows would be read. */
export const endWithReader = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: Error & { readonly code?: string }) => {
      if (error.code === "EPIPE" || error.code === "EIO") process.exit()
      throw error
    })
  }
}
