/**
 * Messages as systemd reads them (sd_notify(3)). Pure.
 */

/** What is said, in order: one assignment for each name. */
export type Message = ReadonlyMap<string, string>

/** systemd drops a datagram of more than 4096 bytes. A character takes up to three bytes. */
const longest = 1000

export const textOf = (message: Message): string =>
  Array.from(message, ([name, value]) => `${name}=${inOneLine(value)}`).join("\n")

const inOneLine = (value: string): string => value.replaceAll(/\s+/g, " ").slice(0, longest)

/** Both as one message. What the later one says counts. */
export const merged = (earlier: Message, later: Message): Message => new Map([...earlier, ...later])
