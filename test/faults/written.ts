/** What the services of a child process write to disk, one line for each thing they do, and whether it can be so. Pure. */

/** Who may begin only while another is up, and has to end before it. */
const below: { readonly [service: string]: ReadonlyArray<string> } = {
  worker: ["store", "database"],
  store: ["database"],
  flaky: ["database"],
  held: ["database"],
  busy: ["database"],
  stuck: ["database"],
  falls: ["database"],
  // One that a second governor would have.
  late: ["nobody"]
}

export interface Promised {
  /** Whether everything that has begun has ended; else the lines may stop anywhere. */
  readonly whole: boolean
  /** Those that never end, and need not. */
  readonly open?: ReadonlyArray<string>
}

/** What is wrong with the lines: `"begin store 1"`, `"work worker 17"`, `"end store 1"`. */
export const wrongIn = (text: string, { open: mayBeOpen = [], whole }: Promised): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const runs = new Map<string, number>()
  const open = new Map<string, number>()
  if (text !== "" && !text.endsWith("\n")) problems.push("the last line is torn")
  /** Those that have said that they are not ready. */
  const paused = new Set<string>()
  const hasDatabase = text.startsWith("begin database")
  for (const line of text.split("\n").slice(0, -1)) {
    const [what, service = "", count] = line.split(" ")
    const number = Number(count)
    const wrong = (why: string) => problems.push(`${line}: ${why}`)
    const isUp = (other: string) => open.has(other) || (other === "database" && !hasDatabase)
    switch (what) {
      case "begin": {
        if (open.has(service)) wrong("the run before it had not ended")
        if (number !== (runs.get(service) ?? 0) + 1) wrong(`it follows run ${runs.get(service) ?? 0}`)
        below[service]?.filter((other) => !isUp(other)).forEach((other) => wrong(`"${other}" was not up`))
        below[service]?.filter((other) => paused.has(other)).forEach((other) => wrong(`"${other}" was not ready`))
        paused.delete(service)
        runs.set(service, number)
        open.set(service, number)
        break
      }
      case "work":
        if (!open.has(service)) wrong("it was not running")
        break
      case "end": {
        if (open.get(service) !== number) wrong("it was not running")
        open.delete(service)
        const above = [...open.keys()].filter((other) => below[other]?.includes(service) && !mayBeOpen.includes(other))
        above.forEach((other) => wrong(`"${other}" was still running`))
        break
      }
      case "pause":
        if (!open.has(service)) wrong("it was not running")
        paused.add(service)
        break
      case "resume":
        paused.delete(service)
        break
      case "threw":
      case "fell":
        break
      default:
        wrong("what is that?")
    }
  }
  const left = whole ? [...open.keys()].filter((service) => !mayBeOpen.includes(service)) : []
  return [...problems, ...left.map((service) => `"${service}" has not ended`)]
}
