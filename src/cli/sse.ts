/**
 * Reads server-sent events. Pure.
 */

export interface Message {
  readonly id: string
  readonly type: string
  readonly data: string
}

/** A reader that gets the text piece by piece, and gives the messages that are whole. */
export const reader = (): (piece: string) => ReadonlyArray<Message> => {
  let rest = ""
  return (piece) => {
    const blocks = (rest + piece).split("\n\n")
    rest = blocks.pop()!
    return blocks.flatMap(messagesIn)
  }
}

/** The message in a block of lines: one, or none. Our governors send each field once. */
const messagesIn = (block: string): ReadonlyArray<Message> => {
  const fields: Record<string, string> = {}
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "")
  }
  const { data, event: type = "message", id = "" } = fields
  return data === undefined ? [] : [{ id, type, data }]
}
