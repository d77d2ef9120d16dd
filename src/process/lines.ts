/**
 * Makes whole lines of the bytes that a process writes. Pure.
 */
import { StringDecoder } from "node:string_decoder"
import { stripVTControlCharacters } from "node:util"

/**
 * - `push`: the lines that these bytes complete
 * - `end`: what is left, if the last line has no end
 *
 * @internal
 */
export interface Lines {
  readonly push: (bytes: Buffer) => ReadonlyArray<string>
  readonly end: () => ReadonlyArray<string>
}

/**
 * The longest line, in characters (UTF-16 code units). A longer one is cut, and says how much of it is missing: a process that
 * writes no line breaks must not fill the memory.
 */
const longest = 16_384

/**
 * Characters are never cut: bytes of one that come apart are put together. `isPlain`: without the escapes of a terminal, as those
 * of colours.
 *
 * @internal
 */
export const makeLines = ({ isPlain }: { readonly isPlain: boolean }): Lines => {
  const decoder = new StringDecoder("utf8")
  let begun = ""
  /** How many characters of the line that has begun are not kept. */
  let missing = 0

  /** Nothing is kept of what follows a gap. */
  const joined = (text: string) => missing > 0 ? { text: begun, lost: text.length } : cut(begun + text)
  const finish = (text: string): string => {
    const line = joined(text)
    const lost = missing + line.lost
    begun = ""
    missing = 0
    const whole = lost === 0 && line.text.endsWith("\r") ? line.text.slice(0, -1) : line.text
    const shown = isPlain ? stripVTControlCharacters(whole) : whole
    return lost === 0 ? shown : `${shown} … (${lost} more characters)`
  }
  const begin = (text: string): void => {
    const line = joined(text)
    begun = line.text
    missing += line.lost
  }
  const push = (text: string): ReadonlyArray<string> => {
    const parts = text.split("\n")
    const rest = parts.pop()!
    const lines = parts.map(finish)
    begin(rest)
    return lines
  }
  return {
    push: (bytes) => push(decoder.write(bytes)),
    end: () => {
      const lines = push(decoder.end())
      return begun === "" ? lines : [...lines, finish("")]
    }
  }
}

/** A pair of code units is not parted. */
const cut = (text: string): { readonly text: string; readonly lost: number } => {
  if (text.length <= longest) return { text, lost: 0 }
  const isPair = (text.charCodeAt(longest - 1) & 0xfc00) === 0xd800
  const kept = text.slice(0, isPair ? longest - 1 : longest)
  return { text: kept, lost: text.length - kept.length }
}
