/**
 * The command line: which commands there are, and what they take.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { addressOf, type Where } from "./address.ts"
import type { Address } from "./client.ts"
import { type Act, act } from "./commands/acting.ts"
import { clusterStatus, drain } from "./commands/cluster.ts"
import { commands, formats, graph, plan, why } from "./commands/explaining.ts"
import { printManifest, printUnit } from "./commands/files.ts"
import { events, logs } from "./commands/following.ts"
import { chain, incident, view } from "./commands/recorded.ts"
import { status, tree } from "./commands/status.ts"
import { top, topOf } from "./commands/top.ts"
import { goals, wait } from "./commands/waiting.ts"
import { type ExitCode, meanings } from "./exitCodes.ts"

// --- flags and arguments ---

const perhaps = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)

const text = (name: string, description: string, metavar?: string) =>
  perhaps(Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar(metavar ?? name)))

const isSet = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withoutNegation, Flag.withDefault(false))

const where = {
  url: text("url", "where the operations of the governor are served; default: http://127.0.0.1:9000"),
  socket: text("socket", "the path of a Unix socket where they are served", "path"),
  governor: text("governor", "the name of the governor, if several have a socket on this machine", "name"),
  token: text("token", "the token for commands, and for reading; or set OPS_TOKEN"),
  readToken: text("read-token", "the token for reading, if that is another one; or set OPS_READ_TOKEN", "token")
}

const json = isSet("json", "print what the governor answers, as JSON")

const names = (description: string) =>
  Argument.String("name").pipe(Argument.withDescription(description), Argument.variadic())

const perhapsName = (description: string) =>
  Argument.String("name").pipe(
    Argument.withDescription(description),
    Argument.optional,
    Argument.map(Option.getOrUndefined)
  )

// --- commands ---

/** Does what a command does, and ends with its code. */
const run = <Input>(does: (address: Address, input: Input) => Promise<ExitCode>) => (input: Where & Input) =>
  ends(addressOf(input).then((address) => does(address, input)))

const ends = (does: Promise<ExitCode>) =>
  Effect.promise(async () => {
    process.exitCode = await does
  })

const statusCommand = Command.make(
  "status",
  {
    ...where,
    json,
    cluster: isSet("cluster", "the services of the whole cluster, on whichever node they run"),
    names: names("the services, by names and patterns such as 'ingest/*'")
  },
  run((address, asked) => asked.cluster ? clusterStatus(address, asked) : status(address, asked))
).pipe(Command.withDescription("Says how the services are, a line each"))

const treeCommand = Command.make(
  "tree",
  { ...where, name: perhapsName("a service: only that one, and those inside it") },
  run(tree)
).pipe(Command.withDescription("Shows the services and those inside them"))

const whyCommand = Command.make(
  "why",
  { ...where, json, name: perhapsName("a service; without a name: all that is wrong, by what it comes from") },
  run(why)
).pipe(Command.withDescription("Says what is wrong, since when and why"))

const planCommand = Command.make(
  "plan",
  {
    ...where,
    json,
    command: Argument.Literals("command", commands),
    name: perhapsName("the service that is started, stopped or restarted")
  },
  run(plan)
).pipe(Command.withDescription("Says what a command would do, and does nothing"))

const graphCommand = Command.make(
  "graph",
  {
    ...where,
    json,
    around: text("around", "only the nearest 200 services", "name"),
    format: Flag.Literals("format", formats).pipe(Flag.withDefault("text"))
  },
  run(graph)
).pipe(Command.withDescription("Shows which service needs which"))

/** `wait` has to be given something to wait for, or waits for all that is wanted up. */
const waitCommand = Command.make(
  "wait",
  {
    ...where,
    names: names("the services, by names and patterns; none: all that are wanted up"),
    goal: Flag.Literals("for", goals).pipe(Flag.withDefault("ready")),
    timeout: Flag.String("timeout").pipe(
      Flag.withDefault("60s"),
      Flag.withMetavar("duration"),
      Flag.withDescription("how long to wait, as 10s or 2m; default: 60s")
    ),
    stable: Flag.String("stable").pipe(
      Flag.withDefault("0s"),
      Flag.withMetavar("duration"),
      Flag.withDescription("how long it has to stay so: a service that crashes again and again is ready now and then")
    )
  },
  run(wait)
).pipe(
  Command.withDescription("Waits until services are ready or stopped, and says what is missing if the time is over")
)

const actCommand = (name: Act, description: string) =>
  Command.make(
    name,
    {
      ...where,
      json,
      names: names("the services, by names and patterns such as 'ingest/*'"),
      dryRun: isSet("dry-run", "only say what would be done"),
      yes: isSet("yes", "do not ask, also if others are hit than those that are named"),
      wait: perhaps(
        Flag.String("wait").pipe(
          Flag.withMetavar("duration"),
          Flag.withDescription(`wait until it is ${name === "stop" ? "stopped" : "ready"}, as 10s or 2m at most`)
        )
      )
    },
    run(act(name))
  ).pipe(Command.withDescription(description))

const drainCommand = Command.make(
  "drain",
  {
    ...where,
    json,
    node: Argument.String("node").pipe(
      Argument.withDescription("the address of the node; without one: the node that is asked"),
      Argument.optional,
      Argument.map(Option.getOrUndefined)
    ),
    wait: perhaps(
      Flag.String("wait").pipe(
        Flag.withMetavar("duration"),
        Flag.withDescription("wait until nothing of the cluster runs there, as 10s or 2m at most")
      )
    )
  },
  run(drain)
).pipe(Command.withDescription("Lets a node of a cluster give its services to the other nodes"))

const followed = {
  follow: isSet("follow", "go on with what happens").pipe(Flag.withAlias("f")),
  last: Flag.Int("last").pipe(
    Flag.withAlias("n"),
    Flag.filter((count) => count >= 1 && count <= 10_000, (count) => `expected a number from 1 to 10000, got ${count}`),
    Flag.withDefault(100),
    Flag.withMetavar("count"),
    Flag.withDescription("how many of the latest are shown first; default: 100")
  )
}

const eventsCommand = Command.make(
  "events",
  { ...where, json, ...followed, names: names("only those of these services, by names and patterns") },
  run(events)
).pipe(Command.withDescription("Shows what has happened"))

const levels = ["debug", "info", "warn", "error"] as const

const logsCommand = Command.make(
  "logs",
  {
    ...where,
    json,
    ...followed,
    level: Flag.Literals("level", levels).pipe(
      Flag.withDefault("debug"),
      Flag.withDescription("no line below this one")
    ),
    names: names("only those of these services, by names and patterns")
  },
  run(logs)
).pipe(Command.withDescription("Shows the lines of the log"))

const chainCommand = Command.make("chain", where, run(chain)).pipe(
  Command.withDescription("Says how the services came up: what each waited for, apart from what it worked")
)

const incidentCommand = Command.make(
  "incident",
  {
    ...where,
    output: perhaps(
      Flag.String("output").pipe(
        Flag.withAlias("o"),
        Flag.withMetavar("file"),
        Flag.withDescription("the file; default: it is printed")
      )
    )
  },
  run(incident)
).pipe(Command.withDescription("Saves all that is known of the governor, for view and for the page"))

const viewCommand = Command.make(
  "view",
  {
    file: Argument.String("file").pipe(Argument.withDescription("what incident or the page has saved")),
    at: perhaps(
      Flag.Int("at").pipe(
        Flag.withMetavar("sequence"),
        Flag.withDescription("as it was after the event of this number; default: at the end")
      )
    ),
    why: text("why", "why this service was not up then", "name"),
    top: isSet("top", "on the screen, event by event")
  },
  (input) => ends(input.top ? topOf(input.file) : view(input))
).pipe(Command.withDescription("Shows an incident that was saved, without a governor"))

const topCommand = Command.make(
  "top",
  { ...where, from: text("from", "an incident that was saved, instead of a governor", "file") },
  (input) => input.from === undefined ? run(top)(input) : ends(topOf(input.from))
).pipe(Command.withDescription("Shows a governor on the screen, as it is and as it was"))

const ownName = text("name", "the name to print instead of the governor's")

const unitCommand = Command.make(
  "unit",
  { ...where, name: ownName, exec: text("exec", "the command line of the program") },
  run(printUnit)
).pipe(Command.withDescription("Prints a unit of systemd"))

const k8sCommand = Command.make(
  "k8s",
  { ...where, name: ownName, image: text("image", "the image of the container") },
  run(printManifest)
).pipe(Command.withDescription("Prints a deployment of Kubernetes"))

const codes = Object.entries(meanings).map(([code, meaning]) => `    ${code.padStart(2)}  ${meaning}`)

export const command = Command.make("effect-governor").pipe(
  Command.withDescription(`Shows and steers a running governor\n\n  Exit codes:\n${codes.join("\n")}`),
  Command.withSubcommands([
    topCommand,
    statusCommand,
    treeCommand,
    whyCommand,
    planCommand,
    graphCommand,
    waitCommand,
    actCommand("start", "Starts services, and the services that they depend on"),
    actCommand("stop", "Stops services"),
    actCommand("restart", "Restarts services"),
    drainCommand,
    eventsCommand,
    logsCommand,
    chainCommand,
    incidentCommand,
    viewCommand,
    unitCommand,
    k8sCommand
  ])
)
