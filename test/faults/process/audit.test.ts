import { describe, expect, it } from "vitest"
import { violationsIn } from "./audit.ts"
import type { Ledger, Own, Row, Seen } from "./Ledger.ts"
import type { Deed, Plan, Service } from "./plan.ts"
import { inWords } from "./words.ts"

const exits: Deed = { after: 0, fault: { _tag: "Exits", code: 3 } }

const service = (of: Partial<Service> = {}): Service => ({
  name: "a",
  host: "shell",
  deeds: [exits],
  restart: 10,
  stopTimeout: 20_000,
  ...of
})

const plan = (how: Plan["end"]["how"], ...services: ReadonlyArray<Service>): Plan => ({
  services: services.length === 0 ? [service()] : services,
  steps: [],
  held: { after: 0, millis: 0 },
  shutdownTimeout: 30_000,
  end: { how, isLate: false, after: 0 }
})

const own = (_tag: "Began" | "Alive" | "Deaf", at: number, run = 1): Own => ({ _tag, service: "a", run, at, pid: run })
const does = (at: number, run = 1): Row => ({ _tag: "Does", fault: "Exits", service: "a", run, at, pid: run })
const told = (at: number, event: string, run = 1, cause?: string): Row => ({
  _tag: "Told",
  service: "a",
  event,
  run,
  at,
  ...(cause !== undefined && { cause })
})
const reported = (ok: boolean, outcome = "Stopped", cause?: string): Row => ({
  _tag: "Reported",
  ok,
  services: [{ name: "a", outcome, ...(cause !== undefined && { cause }) }]
})
const counted = (
  when: "before" | "after",
  descriptors: ReadonlyArray<string> = ["pipe"],
  zombies: ReadonlyArray<number> = []
): Row => ({ _tag: "Counted", when, descriptors, zombies })
const seen = (group: number, of: Partial<Seen> = {}): Seen => ({
  pid: group,
  group,
  service: "a",
  command: "sh",
  ...of
})

/** A run that exits, and one that waits and is stopped by the shutdown. */
const story: ReadonlyArray<Row> = [
  counted("before"),
  told(0, "Added", 0),
  told(1, "Starting"),
  own("Began", 2),
  told(2, "Ready"),
  does(3),
  told(4, "Crashed", 1, "code 3"),
  told(4, "RestartScheduled"),
  told(10, "Starting", 2),
  own("Began", 11, 2),
  own("Alive", 12, 2),
  told(20, "Stopping", 2),
  own("Alive", 21, 2),
  told(22, "Interrupted", 2),
  told(22, "Stopped", 2),
  reported(true),
  counted("after")
]

/** As the story, until the second run is stopped, because what it is bound to has failed for good. */
const lonely: ReadonlyArray<Row> = [
  ...story.slice(0, 14),
  told(22, "Waiting", 2),
  told(23, "Failed", 2, "DependencyFailed")
]

/** Without what an event or a row says by this tag, and with these instead. */
const without = (hide: (row: Row) => boolean, ...rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const at = story.findIndex(hide)
  if (at < 0) throw new Error("there is no such row")
  return [...story.slice(0, at), ...rows, ...story.slice(at + 1)]
}
const isTold = (event: string, run = 1) => (row: Row) => row._tag === "Told" && row.event === event && row.run === run
const is = (tag: Row["_tag"]) => (row: Row) => row._tag === tag

const ledger = (of: Partial<Ledger> = {}): Ledger => ({
  rows: story,
  exit: 0,
  looks: [],
  atExit: [],
  left: [],
  ...of
})

/** With what must be told of the process of each run. */
const withProcesses = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  rows.flatMap((row) => {
    if (row._tag !== "Told" || row.event !== "Starting") return [row]
    const end = rows.find((other) => other._tag === "Told" && other.run === row.run && other.cause !== undefined)
    const cause = end?._tag === "Told" ? end.cause : undefined
    const process = { pid: row.run, code: Number(cause?.replace("code ", "") ?? 0) }
    return [row, { ...row, event: "ProcessStarted", process }, { ...row, event: "ProcessEnded", process }]
  })

const found = (of: Partial<Ledger>, by: Plan = plan("shutdown")): ReadonlyArray<string> =>
  violationsIn(by, ledger({ ...of, rows: withProcesses(of.rows ?? story) })).map(inWords)

describe("a round that breaks no promise", () => {
  it.each<[what: string, Partial<Ledger>, Plan]>([
    ["a crash, a restart and a shutdown", {}, plan("shutdown")],
    ["one run after the other", { looks: [[seen(1)], [seen(2), seen(7, { group: 2 })]] }, plan("shutdown")],
    ["other processes of the round", { looks: [[seen(1), seen(9, { service: undefined })]] }, plan("shutdown")],
    ["a governor that was killed, with what it told", { exit: "SIGKILL", rows: story.slice(0, 10) }, plan("SIGKILL")],
    ["a signal, and the exit code of a good shutdown", {}, plan("SIGTERM")],
    ["a service that was removed is not in the report", {
      rows: [...story.slice(0, -2), told(23, "Removed", 2), { _tag: "Reported", ok: true, services: [] }]
    }, plan("shutdown")],
    ["a crash for good", {
      rows: [...story.slice(0, 7), told(5, "Failed", 1, "code 3"), reported(false, "Failed", "code 3")],
      exit: 1
    }, plan("SIGTERM", service({ restart: undefined }))],
    ["one that waits in vain for what it is bound to", {
      rows: [...lonely, reported(false, "Failed", "DependencyFailed")]
    }, plan("shutdown")],
    ["one that was killed for what it is bound to, and waits for that again", {
      rows: [
        ...story.slice(0, 13),
        told(22, "Interrupted", 2, "RunKilled"),
        told(22, "Stopped", 2, "RunKilled"),
        told(22, "Waiting", 2),
        told(23, "Stopping", 2),
        told(23, "Stopped", 2),
        reported(false, "Stopped", "RunKilled"),
        counted("after")
      ]
    }, plan("shutdown", service({ stopTimeout: 100 }))],
    ["one that has never begun, because what it is bound to was not ready", {
      rows: [
        counted("before"),
        told(0, "Added", 0),
        told(1, "Waiting", 0),
        told(2, "Stopping", 0),
        told(2, "Stopped", 0),
        reported(true),
        counted("after")
      ]
    }, plan("shutdown")],
    ["one that waits for it again", {
      rows: [...lonely, told(24, "Waiting", 2), told(25, "Stopping", 2), told(25, "Stopped", 2), reported(true)]
    }, plan("shutdown")],
    ["a shutdown while what a crash has left behind is waited for", {
      rows: [...story.slice(0, 7), told(5, "Stopping"), told(6, "Failed", 1, "RunKilled"), reported(false, "Failed")]
    }, plan("shutdown")],
    ["a service that was stopped while it waited for its restart", {
      rows: [...story.slice(0, 8), told(5, "Stopping"), told(5, "Stopped"), reported(true, "Stopped", "code 3")]
    }, plan("shutdown")],
    ["a run that is killed at the end of its time", {
      rows: [
        told(1, "Starting"),
        own("Began", 2),
        own("Deaf", 3),
        told(9, "Stopping"),
        told(19, "Interrupted", 1, "RunKilled"),
        told(19, "Failed", 1, "RunKilled"),
        reported(false, "Failed", "RunKilled")
      ]
    }, plan("shutdown", service({ deeds: [{ after: 0, fault: { _tag: "Deaf" } }], stopTimeout: 10 }))],
    [
      "all lines of a flood",
      {
        rows: without(is("Does"), does(3), { _tag: "Flooded", service: "a", run: 1, ranges: [[0, 99]] })
      },
      plan("shutdown", service({ deeds: [{ after: 0, fault: { _tag: "Floods", by: "output", lines: 100, code: 3 } }] }))
    ]
  ])("%s", (_, of, by) => {
    expect(found(of, by)).toEqual([])
  })
})

describe("a promise that is broken is found:", () => {
  it.each<[what: string, Partial<Ledger>, ReadonlyArray<string>]>([
    ["a process is left", { left: [seen(5)] }, ["process 5 of \"a\" (sh) is left"]],
    ["a process is there as the governor has ended", { atExit: [seen(5)] }, [
      "process 5 of \"a\" (sh) is there though the governor has shut down"
    ]],
    ["a zombie", { rows: [...story, counted("after", ["pipe"], [6])] }, ["nobody has reaped the children 6"]],
    ["a descriptor", { rows: [...story.slice(0, -1), counted("after", ["pipe", "pipe", "socket"])] }, [
      "there are 3 descriptors, before: 1; new: pipe, socket"
    ]],
    ["two processes at one time", { looks: [[seen(1), seen(2)]] }, [
      "\"a\" ran twice at one time: the groups 1 and 2"
    ]],
    ["a run that goes on when the next begins", { rows: [...story, own("Alive", 11)] }, [
      "run 1 of \"a\" wrote \"Alive\" at 11, though it was over at 10"
    ]],
    ["a run that goes on when its service is over", { rows: [...story, own("Alive", 23, 2)] }, [
      "run 2 of \"a\" wrote \"Alive\" at 23, though it was over at 22"
    ]],
    ["two begins of one run", { rows: [...story, { ...own("Began", 3), pid: 99 }] }, ["run 1 of \"a\" began 2 times"]],
    ["a wrong code", { rows: without(isTold("Crashed"), told(4, "Crashed", 1, "code 4")) }, [
      "run 1 of \"a\" (shell, Exits) ended as \"Crashed: code 4\", and not as \"Crashed: code 3\""
    ]],
    ["a crash that is told as a good end", { rows: without(isTold("Crashed"), told(4, "Completed")) }, [
      "run 1 of \"a\" (shell, Exits) ended as \"Completed\", and not as \"Crashed: code 3\""
    ]],
    ["an end without a reason", { rows: without(is("Does")) }, [
      "run 1 of \"a\" (shell, Exits) ended as \"Crashed: code 3\", and not as nothing"
    ]],
    ["a run that was killed though it had time", {
      rows: without(isTold("Interrupted", 2), told(22, "Interrupted", 2, "RunKilled"))
    }, [
      "run 2 of \"a\" (shell, Waits) ended as \"Interrupted: RunKilled\", and not as \"Interrupted\"",
      "the report says that \"a\" is Stopped, and not Failed",
      "the report says ok: true, and not false"
    ]],
    [
      "a run that was abandoned",
      { rows: without(isTold("Interrupted", 2), told(22, "Abandoned", 2, "RunAbandoned")) },
      [
        "run 2 of \"a\" was abandoned",
        "run 2 of \"a\" has begun, and its end was not told"
      ]
    ],
    ["an end that is not told", { rows: without(isTold("Interrupted", 2)) }, [
      "run 2 of \"a\" has begun, and its end was not told"
    ]],
    ["an end that is told twice", {
      rows: without(isTold("Interrupted", 2), told(22, "Interrupted", 2), told(22, "Completed", 2))
    }, [
      "run 2 of \"a\" ended 2 times"
    ]],
    ["a report that is not ok", { rows: without(is("Reported"), reported(false)) }, [
      "the report says ok: false, and not true"
    ]],
    ["a report of a failure", { rows: without(is("Reported"), reported(true, "Failed")) }, [
      "the report says that \"a\" is Failed, and not Stopped"
    ]],
    ["a report of an abandoned run", { rows: without(is("Reported"), reported(true, "Abandoned")) }, [
      "the report says that \"a\" is Abandoned, and not Stopped"
    ]],
    ["a report without the service", { rows: without(is("Reported"), { _tag: "Reported", ok: true, services: [] }) }, [
      "the report says that \"a\" is undefined, and not Stopped"
    ]],
    ["no report", { rows: without(is("Reported")) }, ["there is no report"]],
    ["a governor that does not end", { exit: "hung" }, ["the governor ended with hung, and not with 0"]],
    ["an exit code", { exit: 1 }, ["the governor ended with 1, and not with 0"]]
  ])("%s", (_, of, violations) => {
    expect(found(of)).toEqual(violations)
  })

  it.each<[what: string, Partial<Ledger>, Plan, ReadonlyArray<string>]>([
    [
      "a process that outlives a governor that was killed",
      {
        exit: "SIGKILL",
        rows: story.slice(0, 10),
        left: [seen(1)]
      },
      plan("SIGKILL"),
      ["process 1 of \"a\" (sh) is left"]
    ],
    [
      "one that waits in vain for what it is bound to, and is no failure",
      { rows: [...lonely, reported(true)] },
      plan("shutdown"),
      ["the report says that \"a\" is Stopped, and not Failed", "the report says ok: true, and not false"]
    ],
    [
      "a crash for good that is no failure",
      {
        rows: [...story.slice(0, 7), told(5, "Failed", 1, "code 3"), reported(true)]
      },
      plan("shutdown", service({ restart: undefined })),
      [
        "the report says that \"a\" is Stopped, and not Failed",
        "the report says ok: true, and not false"
      ]
    ],
    [
      "a failure with another cause",
      { rows: [...story.slice(0, 7), told(5, "Failed", 1, "code 3"), reported(false, "Failed", "code 4")] },
      plan("shutdown", service({ restart: undefined })),
      ["the report says that \"a\" failed with \"code 4\", and not with \"code 3\""]
    ],
    [
      "a deaf run that ends well",
      {
        rows: [
          told(1, "Starting"),
          own("Began", 2),
          own("Deaf", 3),
          told(9, "Stopping"),
          told(19, "Interrupted"),
          told(19, "Stopped"),
          reported(true)
        ]
      },
      plan("shutdown", service({ deeds: [{ after: 0, fault: { _tag: "Deaf" } }], stopTimeout: 10 })),
      [
        "run 1 of \"a\" (shell, Deaf) ended as \"Interrupted\", and not as \"Interrupted: RunKilled\""
      ]
    ],
    [
      "lines of a flood",
      {
        rows: without(is("Does"), does(3), { _tag: "Flooded", service: "a", run: 1, ranges: [[0, 49], [51, 99]] })
      },
      plan(
        "shutdown",
        service({ deeds: [{ after: 0, fault: { _tag: "Floods", by: "output", lines: 100, code: 3 } }] })
      ),
      [
        "run 1 of \"a\" wrote the lines 0-99, and the log has 0-49, 51-99"
      ]
    ],
    [
      "all lines of a flood",
      {},
      plan(
        "shutdown",
        service({ deeds: [{ after: 0, fault: { _tag: "Floods", by: "output", lines: 100, code: 3 } }] })
      ),
      ["run 1 of \"a\" wrote the lines 0-99, and the log has none"]
    ]
  ])("%s", (_, of, by, violations) => {
    expect(found(of, by)).toEqual(violations)
  })
})

it("a promise that is broken is found: a process of which nothing is told", () => {
  const problems = violationsIn(plan("shutdown"), ledger()).map(inWords)
  expect(problems).toEqual(
    [1, 2].map((run) => `run ${run} of "a" has a process that was not told, though it wrote something`)
  )
})
