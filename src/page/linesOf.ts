/**
 * The lines of the log that are shown of a service. Pure.
 */
import type { Line } from "../operations/Recording.ts"

/** As many as are shown. */
const most = 300

/** The latest lines of the service, and of the services inside it, up to this time. The oldest first. */
export const linesOf = (lines: ReadonlyArray<Line>, path: string, until: number): ReadonlyArray<Line> => {
  const found: Array<Line> = []
  for (let i = lines.length - 1; i >= 0 && found.length < most; i--) {
    const line = lines[i]!
    const isOwn = line.service === path || line.service?.startsWith(`${path}/`) === true
    if (isOwn && line.time <= until) found.push(line)
  }
  return found.toReversed()
}
