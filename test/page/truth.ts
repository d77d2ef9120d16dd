/** What the governor itself says, at each number: its events from the beginning, and their fold. */
import { type GovernorEvent as Core, ServiceStatus } from "../../src/index.ts"
import { type Head, Recording } from "../../src/operations/Recording.ts"
import { problems } from "../../src/operations/why.ts"
import type { Governor, GovernorEvent } from "../../src/promise/index.ts"
import type { Said } from "./Window.ts"

export interface Truth {
  readonly latest: () => number
  readonly events: ReadonlyArray<GovernorEvent>
  /** All services after the event of this number, in their order: `Running 3 1 2`, as the page has it. */
  readonly at: (sequence: number) => ReadonlyMap<string, string>
}

/** Hears everything from now on. */
export const truthOf = (governor: Governor): Truth => {
  const events: Array<GovernorEvent> = []
  const before = governor.snapshot({ tree: true })
  governor.onEvent((event) => events.push(event), { tree: true })
  return {
    events,
    latest: () => events.at(-1)?.sequence ?? before.sequence,
    at: (sequence) => {
      const count = events.findLastIndex((event) => event.sequence <= sequence) + 1
      // The fold reads no cause, so it is the same for plain events and for those of the core.
      const told = events.slice(0, count) as ReadonlyArray<unknown> as ReadonlyArray<Core.GovernorEvent>
      const statuses = ServiceStatus.replay(told, before as unknown as ServiceStatus.Snapshot)
      return new Map(
        statuses.map(({ _tag, crashes, name, restarts, run }) => [name, `${_tag} ${run} ${crashes} ${restarts}`])
      )
    }
  }
}

/** In which rows the page says what is not so. */
export const wrongIn = ({ rows, sequence }: Said, truth: Truth): ReadonlyArray<string> => {
  const states = truth.at(sequence)
  return rows
    .filter(([path, words]) => states.get(path) !== words)
    .map(([path, words]) => `at ${sequence} "${path}" is ${states.get(path)}, and the page says ${words}`)
}

/** All that the governor has kept, as the page reads it. */
export const recordingOf = async (url: string): Promise<Recording> => {
  const response = await fetch(`${url}incident`)
  const lines = (await response.text()).trimEnd().split("\n")
  const [{ incident }, ...entries] = lines.map((line) => JSON.parse(line)) as [{ incident: Head }, ...Array<Later>]
  const recording = new Recording(incident)
  for (const entry of entries) recording.take(entry)
  return recording
}

type Later = Parameters<Recording["take"]>[0]

/** The roots of the problems that the model finds at each number. */
export const rootsIn = async (url: string): Promise<(sequence: number) => ReadonlyArray<string>> => {
  const recording = await recordingOf(url)
  return (sequence) => problems(recording.viewAt(sequence)).map(({ root }) => root)
}
