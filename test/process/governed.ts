/** A governor in plain TypeScript for the tests of processes and threads. */
import { expect, onTestFinished, vi } from "vitest"
import { Governor, type GovernorEvent, type GovernorOptions, type LogEntry } from "../../src/promise/index.ts"

/** A governor that ends with the test, what it logs, and what happens to its services. */
export const governed = (options: GovernorOptions = {}) => {
  const log: Array<LogEntry> = []
  const events: Array<GovernorEvent> = []
  const governor = new Governor({ log: (entry) => log.push(entry), ...options })
  governor.onEvent((event) => void events.push(event))
  onTestFinished(() => governor.shutdown().then(() => {}))
  const lines = (level?: LogEntry["level"]) =>
    log.filter((entry) => entry.service !== undefined && (level === undefined || entry.level === level))
      .map(({ message }) => message)
  /** What happens to the service, but for what is told of its processes. */
  const tags = (service: string) =>
    events.flatMap((event) =>
      "service" in event && event.service === service && !event._tag.startsWith("Process")
        ? [event._tag.replace("Service", "")]
        : []
    )
  /** Waits until this is a line of a service. */
  const logged = (line: string) => vi.waitFor(() => expect(lines()).toContain(line), { timeout: 20_000, interval: 10 })
  /** Waits until this run is ready. */
  const ready = (run: number) =>
    vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining({ _tag: "ServiceReady", run })), {
      timeout: 20_000,
      interval: 10
    })
  return { governor, log, events, lines, tags, logged, ready }
}
