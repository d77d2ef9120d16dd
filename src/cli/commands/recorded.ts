/**
 * `incident`, `chain` and `view`: what a recording tells, of a running governor or from a file.
 */
import { writeFile } from "node:fs/promises"
import { known } from "../../operations/because.ts"
import { chainOf } from "../../operations/chain.ts"
import { inLine } from "../../operations/inWords.ts"
import { news } from "../../operations/news.ts"
import type { View } from "../../operations/View.ts"
import { problems, why } from "../../operations/why.ts"
import type { Address } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { incidentAt, incidentIn, incidentText } from "../incident.ts"
import { complain, print, width, writeJson } from "../output.ts"
import { chainLines } from "../shown/chains.ts"
import { eventLine } from "../shown/events.ts"
import { columns, rowOf } from "../shown/services.ts"
import { type Line, line, table } from "../shown/text.ts"
import { clock } from "../shown/times.ts"
import { problemLines, quoted, whyLines } from "../shown/whys.ts"

interface Saving {
  /** The file; absent: it is printed. */
  readonly output: string | undefined
}

/** All that is known of a governor, and of the time that is kept, as a file. */
export const incident = async (address: Address, { output }: Saving): Promise<ExitCode> => {
  const text = await incidentText(address)
  if (output === undefined) {
    writeJson(text)
    return exitCodes.done
  }
  try {
    await writeFile(output, text)
  } catch (error) {
    throw new Failed(
      exitCodes.usage,
      `${inLine(output)} cannot be written: ${error instanceof Error ? inLine(error.message) : ""}`
    )
  }
  complain(`saved to ${inLine(output)}: effect-governor view ${quoted(output)} shows it`)
  return exitCodes.done
}

/** How the services came up. */
export const chain = async (address: Address): Promise<ExitCode> => {
  const { offset, recording } = await incidentAt(address)
  const chain = chainOf(recording.view(Date.now() + offset))
  print(chain === undefined ? [line("no service was started")] : chainLines(chain, width()))
  return exitCodes.done
}

interface Viewed {
  readonly file: string
  /** The number of an event. */
  readonly at: number | undefined
  /** The path of a service. */
  readonly why: string | undefined
}

/** How it was at the end of a file, or after one of its events. */
export const view = async ({ at, file, why: name }: Viewed): Promise<ExitCode> => {
  const { leftOut, recording } = await incidentIn(file)
  if (leftOut > 0) complain(`${leftOut} ${leftOut === 1 ? "line" : "lines"} of the file could not be read`)
  const { events, head, latest } = recording
  if (at !== undefined && (at < head.sequence || at > latest)) {
    throw new Failed(exitCodes.usage, `--at: expected a number from ${head.sequence} to ${latest}`)
  }
  const then = at === undefined ? recording.view(Math.max(head.now, events.at(-1)?.time ?? 0)) : recording.viewAt(at)
  print(name === undefined ? incidentLines(then, file) : whyIn(then, name))
  return exitCodes.done
}

const whyIn = (view: View, name: string): ReadonlyArray<Line> => {
  const found = why(view, name)
  if (found === undefined) throw new Failed(exitCodes.unknown, `there is no service ${inLine(name)}`)
  return whyLines(found, view.now)
}

/** How many events a reader takes in. */
const most = 10

const incidentLines = (view: View, file: string): ReadonlyArray<Line> => {
  const { events, governor, now, sequence } = view
  const all = known(view)
  const { head, lines } = table(columns, Array.from(all.tree.nodes.values(), (node) => rowOf(all, node)), width())
  return [
    line(`${governor} at ${clock(now, Date.now())}, after event ${sequence}`, "dim"),
    ...problemLines(news(view), problems(view), now, `effect-governor view ${quoted(file)} --why`),
    [],
    head,
    ...lines,
    [],
    ...events.slice(-most).map((event) => eventLine(event, Date.now()))
  ]
}
