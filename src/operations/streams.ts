/**
 * Two formats that come piece by piece: lines of JSON, and server-sent events. Pure, but for what was not complete yet.
 */

/** A server-sent event. */
export interface Told {
  readonly id: string
  readonly type: string
  readonly data: string
}

/** Takes the next piece of a text, and gives the lines that are complete. */
export const linesOf = () => {
  let rest = ""
  return (piece: string): ReadonlyArray<string> => {
    const lines = (rest + piece).split("\n")
    rest = lines.pop()!
    return lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line)
  }
}

/** Takes the next piece of a stream, and gives the events that are complete. Comments and empty events are left out. */
export const eventsOf = () => {
  const lines = linesOf()
  let [id, type] = ["", ""]
  let data: Array<string> = []
  return (piece: string): ReadonlyArray<Told> => {
    const events: Array<Told> = []
    for (const line of lines(piece)) {
      if (line === "") {
        if (data.length > 0) events.push({ id, type: type || "message", data: data.join("\n") })
        type = ""
        data = []
        continue
      }
      const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === "id") id = value
      else if (field === "event") type = value
      else if (field === "data") data.push(value)
    }
    return events
  }
}
