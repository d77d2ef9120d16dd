/** The results as a page of tables. */
import { figuresOf, type Results, type Series, valuesOf } from "../Results.ts"
import { shown, spreadOf, table } from "../table.ts"
import { supervisors } from "./supervisors/index.ts"
import { judge, type Verdict } from "./targets.ts"

const titles: Readonly<Record<string, string>> = {
  facade: "effect-governor/promise, a log that counts",
  effect: "effect-governor, a logger that counts",
  console: "effect-governor, that and Effect's default logger",
  node: "node:worker_threads"
}

const titleOf = (peer: string): string => supervisors[peer]?.title ?? titles[peer] ?? peer

const workloads: Readonly<Record<string, readonly [title: string, note: string]>> = {
  crash: [
    "A process that is killed, to the start of the next",
    "The process is a shell that writes its id into a pipe and becomes `sleep`, and the same for all. From the SIGKILL to the " +
    "moment in which the benchmark reads the id of the next process. All supervisors are there at the same time, each with four " +
    "processes, and one process of each is killed in turn: after it was up for 1.2 s, and then 20 ms after it has begun."
  ],
  starts: [
    "The start of 20 processes, to the last of them",
    "From nothing: with the start of the supervisor, as `node`, `pm2 start` without a daemon, `runsvdir`, `supervisord`. From the " +
    "command: to one that is there, as `governor.start()`, `pm2 start`, `supervisorctl start all`, with the start of the " +
    "program that gives the command. runit starts what is in its folder, and has no such command."
  ],
  blocked: [
    "A thread that is blocked for ever, to the next one at work",
    "`heartbeatTimeout: 500`, `restart: 0`. From the last statement before `for (;;)` to the first in the function of the next " +
    "thread. An empty file: from `governor.start()` to the first statement in its function. In starts: what the replacement " +
    "took beyond the heartbeatTimeout, in starts of an empty file."
  ],
  lines: [
    "Lines of a process that writes as fast as it can",
    "`seq` writes numbered lines of about 75 characters. From the first line to the last one in the log; each is looked at, none " +
    "is missing, and none comes too early. Effect's default logger prints to /dev/null."
  ],
  slow: [
    "The same, with a log that takes 0.02 ms for a line",
    "`yes` writes for ever. The memory of the governor's process while it reads, in the first third of the time and after it."
  ],
  idle: [
    "100 idle threads",
    "The CPU time of the whole process, with the default `heartbeatTimeout` of 10 s and with `Infinity`, in two processes at the " +
    "same time, for 30 s in each round. The difference is that of the heartbeats."
  ],
  import: [
    "The import of effect-governor/worker, in a fresh process",
    "A thread has loaded node:worker_threads before."
  ]
}

export const headingOf = ({ workload }: Pick<Series, "workload">): string => workloads[workload]![0]

/** A row for each of those that were measured. */
export const seriesTable = (series: Series): string => {
  const figures = figuresOf(series)
  const pauses = series.workload === "crash" ? ["its own pause"] : []
  return table(
    ["", ...figures, ...pauses],
    Object.keys(series.rounds).map((peer) =>
      [titleOf(peer)].concat(
        figures.map((figure) => spreadOf(valuesOf(series, peer, figure))),
        pauses.map(() => supervisors[peer]?.pause ?? "none")
      )
    )
  )
}

export const verdictTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["", "what", "to", "must", "measured", "met"],
    verdicts.map(({ against, isMet, measured: { max, median, min }, must, ours, what }) => [
      titleOf(ours),
      what,
      against === undefined ? "no other" : titleOf(against),
      must,
      `${shown(median)} (${shown(min)}–${shown(max)})`,
      isMet ? "✓" : "✗"
    ])
  )

const notes = ({ leftOut }: Series): ReadonlyArray<string> =>
  Object.entries(leftOut).map(([peer, why]) => `${titleOf(peer)} was not measured: ${why}.\n`)

export const page = (results: Results): string => {
  const verdicts = judge(results)
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`)
  return [
    "# How quick processes and threads are\n",
    `Measured by \`npm run bench:process\` on ${results.date}: ${results.machine}; ${versions.join(", ")}.\n`,
    `${
      results.rounds === 1 ? "One round" : `Medians of ${results.rounds} rounds (least–most)`
    }, in each of them one after ` +
    "another. A clock that all processes of the machine have in common is read.\n",
    "## Targets\n",
    `${
      verdicts.filter(({ isMet }) => isMet).length
    } of ${verdicts.length} are met. A target to another is a ratio: to the ` +
    "quickest supervisor that has no pause of its own.\n",
    verdictTable(verdicts),
    ...results.series.flatMap((series) => [
      `## ${headingOf(series)}\n`,
      `${workloads[series.workload]![1]}\n`,
      seriesTable(series),
      ...notes(series)
    ])
  ].join("\n")
}
