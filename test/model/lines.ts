/** Events, statuses and reports as lines: what the model and the governor must agree in, and what is shown if they do not. */

/** What an event says beside its tag: a cause only whether it is there. */
export interface Details {
  readonly restarts?: number | undefined
  readonly delay?: number | undefined
  readonly reason?: string | undefined
  readonly until?: number | undefined
  /** How a service ended that is `Stopped`. */
  readonly outcome?: string | undefined
  readonly cause?: boolean | undefined
  readonly crashes?: number | undefined
  readonly restartsByHand?: number | undefined
  readonly waitingFor?: ReadonlyArray<string> | undefined
  readonly startedAt?: number | undefined
  readonly readyAt?: number | undefined
  readonly lastFailure?: { readonly run: number; readonly at: number } | undefined
}

/** `ServiceStopping #2 at 300, reason: stop`. */
export const eventLine = (tag: string, run: number, time: number, details: Details = {}): string =>
  `${tag} #${run} at ${time}${listed(details)}`

/** `a: Backoff #1 since 300, restarts: 0, until: 600, cause`. */
export const statusLine = (name: string, tag: string, run: number, since: number, details: Details): string =>
  `${name}: ${tag} #${run} since ${since}${listed(details)}`

export interface ReportLine {
  readonly ok: boolean
  readonly reason: string
  readonly duration: number
  readonly services: ReadonlyArray<
    { readonly name: string; readonly outcome: string; readonly duration: number; readonly cause: boolean }
  >
}

export const reportLine = ({ duration, ok, reason, services }: ReportLine): string =>
  `${ok ? "ok" : "not ok"}, ${reason}, ${duration} ms: ` +
  services.map(({ cause, duration, name, outcome }) => `${name} ${outcome} ${duration} ms${cause ? ", cause" : ""}`)
    .join("; ")

/** In one expression, for it is called for each service at each step. */
const listed = (
  {
    cause,
    crashes = 0,
    delay,
    lastFailure,
    outcome,
    readyAt,
    reason,
    restarts,
    restartsByHand = 0,
    startedAt,
    until,
    waitingFor
  }: Details
): string =>
  (restarts === undefined ? "" : `, restarts: ${restarts}`) +
  (restartsByHand === 0 ? "" : `, by hand: ${restartsByHand}`) +
  (crashes === 0 ? "" : `, crashes: ${crashes}`) +
  (lastFailure === undefined ? "" : `, failed: #${lastFailure.run} at ${lastFailure.at}`) +
  (startedAt === undefined ? "" : `, started: ${startedAt}`) +
  (readyAt === undefined ? "" : `, ready: ${readyAt}`) +
  (delay === undefined ? "" : `, delay: ${delay}`) +
  (waitingFor === undefined ? "" : `, for: ${waitingFor.join(" ")}`) +
  (until === undefined ? "" : `, until: ${until}`) +
  (reason === undefined ? "" : `, reason: ${reason}`) +
  (outcome === undefined ? "" : `, ${outcome}`) +
  (cause === true ? ", cause" : "")
