/**
 * Names and thrown values in messages, in one line.
 */

/** The most names that a message lists. */
export const namesShown = 20

export const listed = (names: ReadonlyArray<string>): string => listedAs(names, (name) => `"${name}"`, ", ")

/** As many as a message lists, each in these words, and how many more there are. */
export const listedAs = <A>(all: ReadonlyArray<A>, inWords: (one: A) => string, separator: ", " | "; "): string => {
  const shown = all.slice(0, namesShown).map(inWords).join(separator)
  if (all.length <= namesShown) return shown
  return `${shown}${separator === ", " ? " " : separator}and ${all.length - namesShown} more`
}

/** What was thrown, in one line. */
export const inShort = (error: unknown): string => {
  try {
    return (typeof error === "string" ? JSON.stringify(error) : String(error)).split("\n", 1)[0]!
  } catch {
    return "an error that cannot be printed"
  }
}

/** What the check of a probe failed with, in one line. */
export const checkInShort = (cause: unknown): string => cause === false ? "the check returned false" : inShort(cause)
