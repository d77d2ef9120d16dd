/**
 * What becomes of the process once a report is there.
 */

/** How long abandoned runs may hold the process after the report, in milliseconds. */
const grace = 1000

/** The parts of a report this needs. */
export interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly outcome: string }>
}

/**
 * The exit code is 1 if not all went well, unless the user has set one. Abandoned runs get a last second: the timer does
 * not hold the process itself, so it fires only if something else does.
 */
export const conclude = (report: Report): void => {
  if (report.ok) return
  process.exitCode ??= 1
  if (report.services.some((service) => service.outcome === "Abandoned")) {
    setTimeout(() => process.exit(), grace).unref()
  }
}
