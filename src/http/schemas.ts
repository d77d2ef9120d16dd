/**
 * A schema of each answer. A field that an answer has and its schema has not does not compile.
 */
import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import type { Thrown as PlainThrown } from "../internal/bridge/thrown.ts"
import { struct, union, type Wire } from "../internal/bridge/wire.ts"
import type { Because } from "../operations/because.ts"
import type { Graph as Drawn } from "../operations/graph.ts"
import type { Plan as Planned } from "../operations/plan.ts"
import type { Problem as WhatIsWrong, Why as Reasons } from "../operations/why.ts"
import { ServiceSpec, ServiceStatus, StopReason, Thrown } from "../schema.ts"
import { states } from "../ServiceStatus.ts"
import type * as Answers from "./answers.ts"

/** A plain thing with a `Cause` for what was thrown, as all schemas have it. */
type Core<A> = A extends PlainThrown ? Cause.Cause<unknown>
  : A extends object ? { readonly [K in keyof A]: Core<A[K]> }
  : A

const { Boolean, Finite: Number, Literals, optionalKey, String } = Schema

/** A schema with the words that the document has for it. */
const about = <A>(schema: Wire<A>, description: string): Wire<A> => schema.annotate({ description })

const Time = about(Number, "epoch milliseconds")
const Millis = about(Number, "milliseconds")
const Path = about(String, "the path of a service: its name, behind those of the services around it: \"ingest/reader\"")
const Paths: Wire<ReadonlyArray<string>> = Schema.Array(Path)
const Sentence = about(String, "one line for people")
const State: Wire<(typeof ServiceStatus.Type)["_tag"]> = Literals(states)

const heading = {
  apiVersion: Schema.Literal("governor/v1"),
  governor: about(String, "the name of the governor"),
  epoch: about(String, "tells this governor from one of an earlier process"),
  sequence: about(Number, "the number of the latest event that is in the answer"),
  now: Time
}
const cause = { cause: Thrown }
const perhapsCause = { cause: optionalKey(Thrown) }
const perhapsLimit = { limit: optionalKey(Time) }

// --- services ---

export const Services = struct<Core<Answers.Services>>("Services", {
  ...heading,
  total: about(Number, "how many services there are on all pages"),
  next: optionalKey(about(String, "the cursor of the next page, if there is one")),
  services: Schema.Array(ServiceStatus)
})

const ClusterStatus = struct<Core<Answers.Cluster["services"][number]>>("ClusterStatus", {
  name: Path,
  node: optionalKey(about(String, "the address of the node that began the latest run")),
  epoch: about(Number, "how often a run has begun, on any node"),
  desired: about(Literals(["running", "stopped", "completed"]), "what people want of the service"),
  state: State,
  status: optionalKey(ServiceStatus),
  since: Time,
  unreachableSince: optionalKey(about(Number, "since when the node does not answer, in epoch milliseconds"))
})

export const Cluster = struct<Core<Answers.Cluster>>("Cluster", {
  ...heading,
  node: optionalKey(about(String, "the address of this node, if there is a cluster")),
  services: Schema.Array(ClusterStatus)
})

export const Service = struct<Core<Answers.Service>>("Service", {
  ...heading,
  service: ServiceStatus,
  spec: ServiceSpec
})

export const Commanded = struct<Core<Answers.Commanded>>("Commanded", {
  ...heading,
  reached: about(Boolean, "whether the state is reached that the command asks for"),
  service: optionalKey(ServiceStatus)
})

export const Drained = struct<Core<Answers.Drained>>("Drained", {
  ...heading,
  reached: about(Boolean, "whether nothing of the cluster runs there any more"),
  node: about(String, "the address of the node that is drained")
})

export const Draining = Drained.annotate({ identifier: "Draining" })

/** The same, and the answer of another status: the document has one name for each. */
export const UnderWay = Commanded.annotate({ identifier: "UnderWay" })

// --- what is wrong ---

type Why = Core<Reasons>
type Origin = NonNullable<Extract<Core<Because>, { readonly _tag: "HasFailed" }>["origin"]>

const Origin = struct<Origin>("Origin", { name: Path, ...cause })
const perhapsOrigin = { origin: optionalKey(Origin) }

const WhyNot = union<Core<Because>>("Because", {
  Works: {
    lastCrash: optionalKey(struct<{ readonly at: number } & Pick<Origin, "cause">>("Crash", { at: Time, ...cause }))
  },
  Completed: {},
  NeverStarted: {},
  StandsBy: {},
  WasStopped: { reason: optionalKey(StopReason), ...perhapsCause },
  Waits: { for: Paths, missing: Paths },
  InBackoff: { until: Time, crashes: Number, span: Millis, ...perhapsCause, ...perhapsOrigin },
  RestartsWith: { names: Paths },
  HasFailed: { ...cause, through: Paths, ...perhapsOrigin },
  NotReady: { reason: optionalKey(String), ...perhapsCause, ...perhapsLimit, isProbe: Boolean },
  InsideNotReady: { names: Paths },
  InsideOf: { around: Path, ...perhapsCause },
  Ends: { reason: StopReason, for: Paths, ...perhapsLimit },
  ShutsDown: perhapsLimit,
  AwaitsItsEnd: { for: Paths }
})

export const WhyOne = struct<Core<Answers.Why>>("WhyAnswer", {
  ...heading,
  why: struct<Why>("Why", {
    name: Path,
    isWell: Boolean,
    sentence: Sentence,
    chain: Schema.Array(struct<Why["chain"][number]>("Link", {
      name: Path,
      state: State,
      since: Time,
      because: WhyNot,
      sentence: Sentence
    })),
    leftOut: Number,
    roots: Paths
  })
})

export const Problems = struct<Core<Answers.Problems>>("Problems", {
  ...heading,
  news: Sentence,
  problems: Schema.Array(
    struct<WhatIsWrong>("Problem", { root: Path, sentence: Sentence, since: Time, affects: Paths })
  )
})

// --- what would be ---

const Command: Wire<Planned["command"]> = Schema.Union([
  Schema.Struct({ _tag: Literals(["Stop", "Restart", "Start"]), service: Path }),
  Schema.Struct({ _tag: Literals(["Shutdown"]) })
])

export const Plan = struct<Core<Answers.Plan>>("PlanAnswer", {
  ...heading,
  plan: struct<Planned>("Plan", {
    command: Command,
    steps: Schema.Array(struct<Planned["steps"][number]>("Step", {
      action: Literals(["drain", "stop", "start"]),
      services: Paths,
      atMost: optionalKey(Millis)
    })),
    atMost: optionalKey(Millis),
    unlimited: Paths,
    goesOn: Paths,
    refused: optionalKey(Sentence),
    sentence: Sentence
  })
})

export const Graph = struct<Core<Answers.Graph>>("Graph", {
  ...heading,
  nodes: Schema.Array(struct<Drawn["nodes"][number]>("Node", {
    name: Path,
    state: State,
    spec: optionalKey(ServiceSpec)
  })),
  edges: Schema.Array(struct<Drawn["edges"][number]>("Edge", {
    from: Path,
    to: Path,
    kind: Literals(["dependsOn", "bindsTo", "inside"])
  }))
})

const perhapsMillis = optionalKey(Millis)

export const Budget = struct<Core<Answers.Budget>>("Budget", {
  ...heading,
  longestStart: perhapsMillis,
  longestStop: perhapsMillis,
  shutdownTimeout: perhapsMillis,
  drainDelay: perhapsMillis,
  heartbeatTimeout: perhapsMillis
})

// --- the log ---

export const Logs = struct<Core<Answers.Logs>>("Logs", {
  ...heading,
  lines: Schema.Array(struct<Core<Answers.Line>>("Line", {
    id: about(Number, "the number of the line"),
    level: Literals(["debug", "info", "warn", "error"]),
    message: String,
    service: optionalKey(Path),
    run: optionalKey(Number),
    time: Time,
    error: optionalKey(Thrown)
  }))
})
