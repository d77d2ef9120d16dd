/**
 * Names and thrown values in messages, in one line.
 */

/** The most names that a message lists. */
export const namesShown = 20

export const listed = (names: ReadonlyArray<string>): string => {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ""
  return names.slice(0, namesShown).map((name) => `"${name}"`).join(", ") + more
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
