/**
 * `events` and `logs`: what has happened, and with `-f` what happens.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { matches } from "../../operations/globs.ts"
import type { Line as LogLine } from "../../operations/Recording.ts"
import type { Event } from "../../operations/View.ts"
import { type Address, readJson } from "../client.ts"
import { type ExitCode, exitCodes } from "../exitCodes.ts"
import { follow } from "../following.ts"
import { incidentAt } from "../incident.ts"
import { complain, print, writeJson } from "../output.ts"
import { eventLine, logLines, whoseIs } from "../shown/events.ts"
import { mustExist } from "./status.ts"

interface Asked {
  readonly names: ReadonlyArray<string>
  readonly json: boolean
  readonly follow: boolean
  /** How many of the latest are shown of what has been. */
  readonly last: number
}

export const events = async (address: Address, asked: Asked): Promise<ExitCode> => {
  const { json, last, names } = asked
  const isNamed = names.length === 0 ? () => true : matches(names)
  const show = (events: ReadonlyArray<Event>): void => {
    const named = events.filter((event) => isNamed(whoseIs(event)))
    if (json) writeJson(named.map((event) => `${JSON.stringify(event)}\n`).join(""))
    else print(named.map((event) => eventLine(event, Date.now())))
  }
  const showLast = (events: ReadonlyArray<Event>): void =>
    show(events.filter((event) => isNamed(whoseIs(event))).slice(-last))
  if (asked.follow) return followEvents(address, show, showLast)
  const all = (await incidentAt(address)).recording.events
  showLast(all)
  if (!all.some((event) => isNamed(whoseIs(event)))) await mustExist(address, names)
  return exitCodes.done
}

const followEvents = async (
  address: Address,
  show: (events: ReadonlyArray<Event>) => void,
  showLast: (events: ReadonlyArray<Event>) => void
): Promise<ExitCode> => {
  let isLost = false
  for await (const heard of follow(address, new AbortController().signal)) {
    switch (heard._tag) {
      case "Began":
        showLast(heard.incident.recording.events)
        break
      case "Events":
        show(heard.events)
        break
      case "Lost":
        if (!isLost) complain(`${heard.why}; trying again`)
        break
      case "Back":
        if (isLost) complain("the governor answers again")
        break
      case "Ended":
        return exitCodes.done
    }
    if (heard._tag !== "Events") isLost = heard._tag === "Lost"
  }
  return exitCodes.done
}

/** In milliseconds. The log is not in the stream of events, because few people look at it. */
const pause = 1000

export const logs = async (
  address: Address,
  asked: Asked & { readonly level: LogLine["level"] }
): Promise<ExitCode> => {
  const { last, level, names } = asked
  const filter = `level=${level}${names.map((name) => `&services=${encodeURIComponent(name)}`).join("")}`
  const linesAfter = async (id: number, limit: number): Promise<ReadonlyArray<LogLine>> => {
    const target = `/logs?${filter}&limit=${limit}&after=${id}`
    return (await readJson<{ readonly lines: ReadonlyArray<LogLine> }>(address, target)).lines
  }
  const show = (lines: ReadonlyArray<LogLine>): void => {
    if (asked.json) writeJson(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    else print(lines.flatMap((line) => logLines(line, Date.now())))
  }
  let id = 0
  for (let limit = last;; limit = 10_000) {
    const lines = await linesAfter(id, limit)
    show(lines)
    if (id === 0 && lines.length === 0) await mustExist(address, names)
    id = lines.at(-1)?.id ?? id
    if (!asked.follow) return exitCodes.done
    await sleep(pause)
  }
}
