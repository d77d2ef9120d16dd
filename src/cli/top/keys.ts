/**
 * What a terminal sends for the keys that are pressed. Pure.
 */

/** A key by its name, or the character that was typed. */
export type Key =
  | "Up"
  | "Down"
  | "Left"
  | "Right"
  | "PageUp"
  | "PageDown"
  | "Home"
  | "End"
  | "Enter"
  | "Escape"
  | "Backspace"
  | "Interrupt"
  | "Suspend"
  | "Redraw"
  | { readonly typed: string }

const sequences: Readonly<Record<string, Key>> = {
  "\u001b[A": "Up",
  "\u001b[B": "Down",
  "\u001b[C": "Right",
  "\u001b[D": "Left",
  "\u001bOA": "Up",
  "\u001bOB": "Down",
  "\u001bOC": "Right",
  "\u001bOD": "Left",
  "\u001b[5~": "PageUp",
  "\u001b[6~": "PageDown",
  "\u001b[H": "Home",
  "\u001b[F": "End",
  "\u001b[1~": "Home",
  "\u001b[4~": "End",
  "\u001bOH": "Home",
  "\u001bOF": "End",
  "\r": "Enter",
  "\n": "Enter",
  "\u007f": "Backspace",
  "\b": "Backspace",
  "\u0003": "Interrupt",
  "\u001a": "Suspend",
  "\f": "Redraw"
}

/** A sequence of a key that is not known here is one all the same: it must not be taken for what was typed. */
// oxlint-disable-next-line no-control-regex
const sequence = /^(?:\u001b\[[\d;?]*[ -/]*[@-~]|\u001bO[@-~])/

// oxlint-disable-next-line no-control-regex
const unfinished = /^\u001b(?:\[[\d;?]*[ -/]*|O)?$/

/** The keys, and the rest: the beginning of a sequence whose end may come with the next piece. */
export const keysIn = (text: string): { readonly keys: ReadonlyArray<Key>; readonly rest: string } => {
  const keys: Array<Key> = []
  for (let left = text; left !== "";) {
    if (unfinished.test(left)) return { keys, rest: left }
    const taken = sequence.exec(left)?.[0] ?? String.fromCodePoint(left.codePointAt(0)!)
    left = left.slice(taken.length)
    const key = keyOf(taken)
    if (key !== undefined) keys.push(key)
  }
  return { keys, rest: "" }
}

const keyOf = (taken: string): Key | undefined => {
  const known = sequences[taken]
  if (known !== undefined) return known
  if (taken === "\u001b") return "Escape"
  // oxlint-disable-next-line no-control-regex
  return /^[\u0000-\u001f\u0080-\u009f\u001b]/.test(taken) ? undefined : { typed: taken }
}
