import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { RunAbandoned, RunTimedOut } from "../../src/GovernorError.ts"
import type { ServiceEvent } from "../../src/GovernorEvent.ts"
import { type Draft, Lines } from "../../src/internal/telling/Lines.ts"
import type { Detail, Line } from "../../src/internal/telling/log.ts"
import { type ServiceStatus, transition } from "../../src/ServiceStatus.ts"

const cause = Cause.die("boom")
const hung = Cause.fail(new RunTimedOut({ service: "a", run: 1, timeout: "heartbeatTimeout", afterMillis: 500 }))
const abandoned = Cause.fail(new RunAbandoned({ service: "a", run: 1, afterMillis: 50 }))
const both = (...causes: ReadonlyArray<Cause.Cause<unknown>>) =>
  Cause.fromReasons(causes.flatMap(({ reasons }) => reasons))

const all = ["Debug", "Info", "Warn", "Error"] as const

/** An event without the fields that all of them have; `"write"` writes all drafts; a number is a time. */
type Step =
  | "write"
  | number
  | (
    & {
      [Tag in ServiceEvent["_tag"]]: Omit<Extract<ServiceEvent, { readonly _tag: Tag }>, Common>
    }[ServiceEvent["_tag"]]
    & { readonly known?: Detail }
  )
type Common = "service" | "run" | "time" | "sequence"

/** The lines of one service from this level on. */
const linesOf = (steps: ReadonlyArray<Step>, least: Line["level"] = "Info"): Array<string> => {
  const levels = new Set<Line["level"] | undefined>(all.slice(all.indexOf(least)))
  const lines = new Lines()
  const written: Array<Line> = []
  let drafts: Array<Draft> = []
  let [time, run] = [0, 0]
  let status: ServiceStatus = { _tag: "Pending", name: "a", run, restarts: 0, crashes: 0, since: 0 }
  const write = () => {
    for (const draft of drafts) {
      lines.written(draft)
      written.push(draft.line)
    }
    drafts = []
  }
  for (const step of steps) {
    if (step === "write") write()
    else if (typeof step === "number") time = step
    else {
      if (step._tag === "ServiceStarting") run++
      const { known, ...fact } = step
      const event: ServiceEvent = { service: "a", run, time, sequence: 1, ...fact }
      const draft = lines.draft(event, levels, status, known)
      if (draft !== undefined) drafts.push(draft)
      status = transition(status, event)
    }
  }
  write()
  return written.filter(({ level }) => levels.has(level)).map(({ cause, level, message }) =>
    `${level} ${message}${cause === undefined ? "" : ` +${cause.reasons.length}`}`
  )
}

const starting = { _tag: "ServiceStarting", restarts: 0 } as const
const ready = { _tag: "ServiceReady" } as const
const completed = { _tag: "ServiceCompleted" } as const
const crashed = { _tag: "ServiceCrashed", cause } as const
const restart = (delay: number) => ({ _tag: "RestartScheduled", delay }) as const
const stopped = { _tag: "ServiceStopped" } as const
const late = { _tag: "LateFailure", cause } as const

describe("the lines of a service at the default level", () => {
  it.each<[string, ReadonlyArray<Step>, ReadonlyArray<string>]>([
    ["that is ready", [starting, 20, ready], ["Info ready in 20 ms"]],
    ["that completes at once", [starting, ready, completed, stopped], ["Info completed, and will not be restarted"]],
    [
      "that completes later",
      [starting, ready, "write", completed, stopped],
      ["Info ready in 0 ms", "Info completed, and will not be restarted"]
    ],
    [
      "whose schedule takes its time to say that it is over",
      [starting, ready, "write", completed, "write", stopped],
      ["Info ready in 0 ms", "Info completed", "Info will not be restarted"]
    ],
    ["that restarts later", [starting, ready, completed, restart(1500)], [
      "Info completed",
      "Info restarting in 1.5 s"
    ]],
    ["that crashes and restarts later", [starting, crashed, restart(5)], [
      "Error crashed +1",
      "Info restarting in 5 ms"
    ]],
    ["that completes and restarts at once", [starting, ready, completed, restart(0), "write", starting, ready], [
      "Info completed, restarting at once"
    ]],
    ["that crashes and restarts at once", [starting, crashed, restart(0), "write", starting, "write", ready], [
      "Error crashed, restarting at once +1"
    ]],
    [
      "that restarts at once and is slow to become ready",
      [starting, crashed, restart(0), "write", starting, 1000, ready],
      ["Error crashed, restarting at once +1", "Info ready in 1 s"]
    ],
    [
      "that restarts at once and is almost slow to become ready",
      [starting, crashed, restart(0), "write", starting, 999, ready],
      ["Error crashed, restarting at once +1"]
    ],
    ["that is ready while the clock is set back", [20, starting, 3, ready], ["Info ready in 0 ms"]],
    [
      "that restarts at once, and later with a delay",
      [starting, crashed, restart(0), "write", starting, ready, crashed, restart(5), "write", starting, ready],
      ["Error crashed, restarting at once +1", "Error crashed +1", "Info restarting in 5 ms", "Info ready in 0 ms"]
    ],
    [
      "whose crash was told before its restart at once",
      [starting, crashed, "write", restart(0)],
      ["Error crashed +1", "Info restarting at once"]
    ],
    [
      "that is stopped by hand",
      [starting, { _tag: "ServiceStopping", reason: "stop" }, { _tag: "ServiceInterrupted" }, stopped],
      ["Info stopped by hand"]
    ],
    [
      "that is stopped by hand in a restart at once, and started again",
      [starting, crashed, restart(0), { _tag: "ServiceStopping", reason: "stop" }, stopped, "write", starting, ready],
      ["Error crashed, restarting at once +1", "Info stopped by hand", "Info ready in 0 ms"]
    ],
    [
      "that is restarted by hand",
      [starting, { _tag: "ServiceStopping", reason: "restart" }, { _tag: "ServiceInterrupted" }, starting, ready],
      ["Info restarting by hand", "Info ready in 0 ms"]
    ],
    [
      "that is removed",
      [
        starting,
        { _tag: "ServiceStopping", reason: "remove" },
        { _tag: "ServiceInterrupted" },
        stopped,
        { _tag: "ServiceRemoved" }
      ],
      ["Info removed"]
    ],
    [
      "that another takes along as it restarts",
      [
        starting,
        { _tag: "ServiceStopping", reason: "strategy", known: { head: "b" } },
        { _tag: "ServiceInterrupted" },
        stopped,
        starting,
        ready
      ],
      ["Info stopping with \"b\"", "Info ready in 0 ms"]
    ],
    [
      "that restarts with a group",
      [starting, crashed, { ...restart(1000), known: { isHeld: true } }],
      ["Error crashed +1", "Info restarting with its group, in 1 s or later"]
    ],
    [
      "that restarts with a group, without a delay",
      [starting, crashed, { ...restart(0), known: { isHeld: true } }, "write", 5, starting, 6, ready],
      ["Error crashed, restarting with its group +1", "Info ready in 1 ms"]
    ],
    [
      "that is stopped by hand while it stops for another reason",
      [
        starting,
        { _tag: "ServiceStopping", reason: "restart" },
        { _tag: "ServiceInterrupted" },
        { ...stopped, known: { isByHand: true } }
      ],
      ["Info restarting by hand", "Info stopped by hand"]
    ],
    ["that a shutdown stops", [starting, { _tag: "ServiceStopping", reason: "shutdown" }, stopped], []]
  ])("%s", (_, steps, expected) => {
    expect(linesOf(steps)).toEqual(expected)
  })
})

describe("an error that was told", () => {
  const ended = "Error crashed: \"boom\", as told before"
  const ofAbandoned = "Error failed late, after the governor had stopped waiting for the run +1"

  it.each<[string, ReadonlyArray<Step>, ReadonlyArray<string>]>([
    ["late is not told again by the crash", [starting, late, crashed], [ofAbandoned, ended]],
    ["late is not told again later", [starting, late, "write", crashed], [ofAbandoned, ended]],
    [
      "late is told with what comes new in the crash",
      [starting, late, { _tag: "ServiceCrashed", cause: both(cause, Cause.die("more")) }],
      [ofAbandoned, "Error crashed +1"]
    ],
    ["late is told again by a later run", [starting, late, starting, crashed], [ofAbandoned, "Error crashed +1"]],
    [
      "as a hang is not told again",
      [
        starting,
        { _tag: "ServiceUnready", cause: hung },
        { _tag: "ServiceAbandoned", cause: both(abandoned, hung) },
        { _tag: "ServiceCrashed", cause: hung }
      ],
      [
        "Warn hung: run 1 of service \"a\" gave no heartbeat within 500 ms",
        "Error abandoned: run 1 of service \"a\" did not end within 50 ms, and was abandoned",
        "Error crashed: run 1 of service \"a\" gave no heartbeat within 500 ms, and has ended now"
      ]
    ],
    [
      "by a service of that name that was removed counts no more",
      [starting, late, { _tag: "ServiceRemoved" }, crashed],
      [ofAbandoned, "Info removed", "Error crashed +1"]
    ]
  ])("%s", (_, steps, expected) => {
    expect(linesOf(steps)).toEqual(expected)
  })

  it("below the level that is written is told by the line that is", () => {
    const steps: ReadonlyArray<Step> = [
      starting,
      { _tag: "ServiceUnready", cause: hung },
      { _tag: "ServiceCrashed", cause: hung }
    ]
    expect(linesOf(steps, "Error")).toEqual(["Error crashed: run 1 of service \"a\" gave no heartbeat within 500 ms"])
  })
})

it("an error that has no line of its own at level Debug is told by the crash", () => {
  expect(linesOf([starting, ready, { _tag: "ServiceUnready", cause }, crashed], "Debug").slice(-2)).toEqual([
    "Debug not ready: the run has failed, and has not ended yet",
    "Error crashed +1"
  ])
})

describe("a loop of crashes", () => {
  const attempt: ReadonlyArray<Step> = ["write", starting, ready, "write", crashed, restart(500)]
  const isReady = (line: string) => line.startsWith("Info ready")
  const readyLines = (steps: ReadonlyArray<Step>) => linesOf(steps).filter(isReady)

  it("says three times that a run has passed its first synchronous stretch", () => {
    expect(readyLines([attempt, attempt, attempt, attempt, attempt].flat())).toHaveLength(3)
  })

  it("says each time how long the run took, if that was measured", () => {
    const measured = attempt.map((step) => step === ready ? { ...ready, known: { took: 5 } } : step)
    expect(readyLines([measured, measured, measured, measured, measured].flat())).toHaveLength(5)
  })

  it.each<[string, ReadonlyArray<Step>]>([
    ["a run that lasts a minute", ["write", starting, ready, "write", 60_000, crashed, restart(500)]],
    ["a run that completes", ["write", starting, completed, restart(500)]],
    ["a restart by hand", ["write", starting, { _tag: "ServiceStopping", reason: "restart" }]],
    ["a removal", ["write", { _tag: "ServiceRemoved" }]]
  ])("ends with %s", (_, steps) => {
    const next = linesOf([attempt, attempt, attempt, attempt, steps, starting, ready].flat())
    expect(next.at(-1)).toBe("Info ready in 0 ms")
    expect(linesOf([attempt, attempt, attempt, attempt, starting, ready].flat()).at(-1)).toBe(
      "Info restarting in 500 ms"
    )
  })

  it("does not end with a run that lasts less than a minute", () => {
    const steps: ReadonlyArray<Step> = ["write", starting, ready, "write", 59_999, crashed, restart(500), "write"]
    expect(linesOf([attempt, attempt, attempt, steps, starting, ready].flat()).at(-1)).toBe("Info restarting in 500 ms")
  })
})

it("says each step at level Debug", () => {
  expect(linesOf([starting, ready, completed, stopped], "Debug")).toEqual([
    "Debug starting, run 1",
    "Debug ready in 0 ms",
    "Info completed, and will not be restarted"
  ])
})

it("takes the time that was measured, if it was", () => {
  const before: ServiceStatus = { _tag: "Starting", name: "a", run: 1, restarts: 0, crashes: 0, since: 5 }
  const took = (millis?: number) =>
    new Lines().draft({ ...ready, service: "a", run: 1, time: 10, sequence: 1 }, new Set(all), before, { took: millis })
      ?.line
      .message
  expect([took(1500), took(0), took()]).toEqual(["ready in 1.5 s", "ready in 0 ms", "ready in 5 ms"])
})

it("tells the lines of services apart", () => {
  const lines = new Lines()
  const levels = new Set(all)
  const fact = { run: 1, time: 0, sequence: 1 }
  const first = lines.draft({ _tag: "ServiceCompleted", service: "a", ...fact }, levels, undefined, undefined)
  expect(lines.draft({ ...restart(0), service: "b", ...fact }, levels, undefined, undefined)?.line.message).toBe(
    "restarting at once"
  )
  expect(first?.line.message).toBe("completed")
})
