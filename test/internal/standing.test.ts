import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { Queue } from "../../src/internal/lifecycle/Queue.ts"
import type { ServiceState } from "../../src/internal/lifecycle/ServiceState.ts"
import { type Standing, standing } from "../../src/internal/lifecycle/standing.ts"
import type { ServiceStatus } from "../../src/ServiceStatus.ts"

/** The parts of a service that are looked at. */
interface Known {
  readonly aim: ServiceState["aim"]
  readonly run?: object
  readonly wait?: object
  readonly rare?: object
}

const latest = { name: "db", run: 2, restarts: 0, crashes: 0, since: 0 }
const up: ServiceStatus = { _tag: "Running", ...latest }
const completed: ServiceStatus = { _tag: "Backoff", ...latest, until: 1 }
const crashed: ServiceStatus = { ...completed, cause: Cause.die("boom") }
const stopped: ServiceStatus = { _tag: "Stopped", ...latest, outcome: "Stopped" }
const stopping: ServiceStatus = { _tag: "Stopping", ...latest, reason: "stop" }
const starting: ServiceStatus = { _tag: "Starting", ...latest }

const live = { aim: "Start", run: {} } satisfies Known
const backoff = { aim: "Policy", wait: {} } satisfies Known

describe("what a service is to those that depend on it (rule 19)", () => {
  // The runs that were ready: none, the one before, the latest. Its latest run is the second.
  const table: ReadonlyArray<[state: string, Known, ServiceStatus, byItself: string, byCompletion: string]> = [
    ["up", live, up, "Ready Ready Ready", "Coming Ready Ready"],
    ["up and starting, or not ready any more", live, starting, "Coming Coming Coming", "Coming Ready Ready"],
    ["in its delay, completed", backoff, completed, "Coming Coming Ready", "Coming Ready Ready"],
    ["in its delay, crashed", backoff, crashed, "Coming Coming Coming", "Coming Ready Ready"],
    ["next, by policy", { aim: "Policy", wait: new Queue() }, completed, "Coming Coming Coming", "Coming Ready Ready"],
    ["next, by a start", { aim: "Start" }, stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["next, by a restart", { aim: "Restart" }, stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["next, by its group", { aim: "Group" }, stopped, "Coming Coming Coming", "Coming Coming Coming"],
    ["over", { aim: "Over" }, stopped, "Failed Failed Ready", "Failed Ready Ready"],
    ["lost", { aim: "Down", rare: { lost: {}, blocks: 0 } }, stopped, "Failed Failed Ready", "Failed Ready Ready"],
    ["stopped", { aim: "Down" }, stopped, "Coming Coming Coming", "Coming Coming Coming"],
    [
      "hung",
      { aim: "Policy", run: { rare: { hung: {} } } },
      starting,
      "Coming Coming Coming",
      "Coming Coming Coming"
    ],
    ["stopping", { aim: "Down", run: {} }, stopping, "Coming Coming Coming", "Coming Coming Coming"],
    [
      "crashed, and its finalizers work",
      { aim: "Policy", run: { rare: { exit: {}, crash: {} } } },
      starting,
      "Coming Coming Coming",
      "Coming Coming Coming"
    ],
    ["removed", { aim: "Removed" }, stopped, "Coming Coming Coming", "Coming Coming Coming"],
    [
      "up, and a layer is to end it",
      { ...live, rare: { blocks: 1 } },
      up,
      "Coming Coming Coming",
      "Coming Coming Coming"
    ]
  ]
  it.each(table)("%s", (_, known, status, byItself, byCompletion) => {
    const standings = (readiness: "automatic" | "manual" | "completed"): ReadonlyArray<Standing> =>
      [0, 1, 2].map((readyRun) =>
        standing({ ...known, status, readyRun, spec: { options: { readiness } } } as unknown as ServiceState)
      )
    expect(standings("automatic").join(" ")).toBe(byItself)
    expect(standings("manual").join(" ")).toBe(byItself)
    expect(standings("completed").join(" ")).toBe(byCompletion)
  })
})
