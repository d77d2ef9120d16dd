import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import type { Phase } from "../../src/internal/phase.ts"
import { type Standing, standing } from "../../src/internal/standing.ts"
import type { ServiceStatus } from "../../src/ServiceStatus.ts"

/** Only its tag is looked at. */
const at = (tag: Phase["_tag"]) => ({ _tag: tag }) as Phase
const latest = { name: "db", run: 2, restarts: 0, since: 0 }
const up: ServiceStatus = { _tag: "Running", ...latest }
const completed: ServiceStatus = { _tag: "Backoff", ...latest, until: 1 }
const crashed: ServiceStatus = { ...completed, cause: Cause.die("boom") }
const stopped: ServiceStatus = { _tag: "Stopped", ...latest }
const starting: ServiceStatus = { _tag: "Starting", ...latest }

describe("what a service is to those that depend on it (rule 19)", () => {
  // The runs that were ready: none, the one before, the latest. Its latest run is the second.
  const table: ReadonlyArray<[Phase["_tag"], ServiceStatus, byItself: string, byCompletion: string]> = [
    ["Live", up, "Coming Coming Ready", "Coming Ready Ready"],
    ["Live", starting, "Coming Coming Ready", "Coming Ready Ready"],
    ["Backoff", completed, "Coming Coming Ready", "Coming Ready Ready"],
    ["Backoff", crashed, "Coming Coming Coming", "Coming Ready Ready"],
    ["Queued", completed, "Coming Coming Coming", "Coming Ready Ready"],
    ["Waiting", completed, "Coming Coming Coming", "Coming Ready Ready"],
    ["Queued", stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["Waiting", stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["Over", stopped, "Failed Failed Ready", "Failed Ready Ready"],
    ["Abandoned", stopped, "Failed Failed Ready", "Failed Ready Ready"],
    ["Barred", stopped, "Failed Failed Ready", "Failed Ready Ready"],
    ["Idle", stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["Hung", starting, "Coming Coming Coming", "Coming Coming Coming"],
    ["Stopping", up, "Coming Coming Coming", "Coming Coming Coming"],
    ["Removed", stopped, "Coming Coming Coming", "Coming Coming Coming"]
  ]
  it.each(table)("%s, $1._tag", (tag, status, byItself, byCompletion) => {
    const standings = (readiness: "automatic" | "manual" | "completed"): ReadonlyArray<Standing> =>
      [0, 1, 2].map((readyRun) => standing({ phase: at(tag), status, readiness, readyRun }))
    expect(standings("automatic").join(" ")).toBe(byItself)
    expect(standings("manual").join(" ")).toBe(byItself)
    expect(standings("completed").join(" ")).toBe(byCompletion)
  })
})
