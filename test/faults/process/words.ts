/** What breaks a promise, in words. Pure. */
import type { Violation } from "./audit.ts"
import type { Seen } from "./Ledger.ts"
import { deedOf } from "./plan.ts"

/** One sentence, for the message of a test. */
export const inWords = (violation: Violation): string => {
  switch (violation._tag) {
    case "Left":
      return `${processInWords(violation.process)} is left`
    case "LeftAtExit":
      return `${processInWords(violation.process)} is there though the governor has shut down`
    case "Zombies":
      return `nobody has reaped the children ${violation.pids.join(", ")}`
    case "Descriptors": {
      const { after, before } = violation
      return `there are ${after.length} descriptors, before: ${before.length}; new: ${added(before, after).join(", ")}`
    }
    case "TwoAtOnce":
      return `"${violation.service}" ran twice at one time: the groups ${violation.groups.join(" and ")}`
    case "NoReport":
      return "there is no report"
    case "WrongReport": {
      const { due, outcome, service } = violation
      return `the report says that "${service}" is ${outcome}, and not ${due.join(" or ") || "undefined"}`
    }
    case "WrongCause": {
      const { cause, due, service } = violation
      return `the report says that "${service}" failed with "${cause}", and not with "${due}"`
    }
    case "WrongOk":
      return `the report says ok: ${violation.ok}, and not ${!violation.ok}`
    case "WrongExit":
      return `the governor ended with ${violation.exit}, and not with ${violation.due}`
    default:
      return `run ${violation.run} of "${violation.service}" ${ofRunInWords(violation)}`
  }
}

/** What is there more often than before. */
const added = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = [...before]
  return after.filter((one) => {
    const at = known.indexOf(one)
    if (at >= 0) known.splice(at, 1)
    return at < 0
  })
}

const processInWords = ({ command, pid, service }: Seen): string =>
  `process ${pid} of ${service === undefined ? "no service" : `"${service}"`} (${command})`

const ofRunInWords = (violation: Extract<Violation, { readonly run: number }>): string => {
  switch (violation._tag) {
    case "RanOn":
      return `wrote "${violation.what}" at ${violation.at}, though it was over at ${violation.over}`
    case "BeganTwice":
      return `began ${violation.times} times`
    case "EndedTwice":
      return `ended ${violation.times} times`
    case "Abandoned":
      return "was abandoned"
    case "NeverEnded":
      return "has begun, and its end was not told"
    case "WrongEnd": {
      const { due, end, of, run } = violation
      const expected = due.map((one) => `"${one}"`).join(" or ") || "nothing"
      return `(${of.host}, ${deedOf(of, run).fault._tag}) ended as "${end}", and not as ${expected}`
    }
    case "WrongProcess":
      return `has a process that ${violation.wrong}`
    case "LinesLost": {
      const { lines, ranges } = violation
      const logged = ranges.map(([first, last]) => `${first}-${last}`).join(", ") || "none"
      return `wrote the lines 0-${lines - 1}, and the log has ${logged}`
    }
  }
}
