/**
 * What keeps the process up, and what becomes of it once the reports are there: for all governors together.
 */

/** How long something may hold the process that was to end, in milliseconds. */
export const grace = 1000

/** How many governors have active services. */
let active = 0
/** Whether the process is to leave, though something may hold it, once no governor has active services. */
let isLeaving = false

/** The parts of a report this needs. */
export interface Report {
  readonly ok: boolean
  readonly services: ReadonlyArray<{ readonly outcome: string }>
}

/** A governor as this sees it. */
interface Governor {
  readonly door: { readonly whileActive: (hold: () => (report: Report) => void) => void }
}

/** Keeps the process up while a governor has active services; how they ended is its exit code, if `concludes` says so. */
export const holdUp = (governor: Governor, concludes: () => boolean): void =>
  governor.door.whileActive(() => {
    const release = stayUp()
    return (report) => {
      if (concludes()) conclude(report)
      release()
    }
  })

/** Keeps the process up until the returned function is called: neither a promise nor a signal listener does. */
export const stayUp = (): () => void => {
  active++
  const timer = setInterval(() => {}, 2 ** 31 - 1)
  return () => {
    active--
    clearInterval(timer)
    if (isLeaving) leaveSoon()
  }
}

/** The exit code is 1 if not all went well, unless the user has set one. */
export const conclude = (report: Report): void => {
  if (report.ok) return
  process.exitCode ??= 1
  isLeaving ||= report.services.some((service) => service.outcome === "Abandoned")
}

/** What still holds the process gets a last second. The timer does not hold the process itself, so it fires only if something else does. */
export const leaveSoon = (): void => {
  isLeaving = true
  if (active > 0) return // the last to end will ask again
  setTimeout(() => {
    if (active === 0) process.exit()
  }, grace).unref()
}
