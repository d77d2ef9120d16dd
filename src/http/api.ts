/**
 * The contract of all paths: what may be asked, and what is answered. The document `/openapi.json` is made of this, and a
 * client can be. `routes.ts` answers, without loading this.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import * as ProblemDetails from "effect/http/ProblemDetails"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { GovernorEvent, Snapshot } from "../schema.ts"
import * as Answers from "./schemas.ts"

// --- what is asked ---

const optional = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))
const optionalFlag = (description: string) =>
  Schema.optionalKey(Schema.Literals(["", "true", "false"]).annotate({ description }))
const optionalOf = <const A extends ReadonlyArray<string>>(choices: A, description: string) =>
  Schema.optionalKey(Schema.Literals(choices).annotate({ description }))

const limit = Schema.optionalKey(
  Schema.String.annotate({ description: "How many at the most, from 1 to 10000; 1000 if nothing is said." }).pipe(
    Schema.decodeTo(Schema.Int, SchemaTransformation.numberFromString)
  )
)
const globs = "Paths of services, with commas between. * stands for any text."
const verbose = optionalFlag("Lists the reasons, for those who may read the details.")
const path = Schema.String.annotate({
  description:
    "The path of a service. The slashes in it may be encoded, and need not be: ingest/reader and ingest%2Freader are the same."
})
const ifNoneMatch = { "if-none-match": optional("The ETag of an answer that the client has.") }

// --- what is answered ---

const textOf = (description: string, status = 200, contentType = "text/plain; charset=utf-8") =>
  Schema.String.annotate({ description }).pipe(HttpApiSchema.asText({ contentType }), HttpApiSchema.status(status))

/** What an answer with this status means. */
export const meanings = {
  304: "Nothing has happened since.",
  400: "A parameter is unknown or wrong.",
  401: "A valid token is needed.",
  403: "The page that asks is of another site.",
  404: "There is no such service, or the path is not open to who asks.",
  409: "The governor refuses the command: reason is the tag of its error.",
  410: "The service of the cursor is not there any more.",
  412: "The service is in another run, which is run.",
  413: "The body is longer than that of a command.",
  415: "The body is not JSON.",
  421: "The name in the header Host is not known.",
  500: "The answer could not be made."
}

const ProblemSchema = ProblemDetails.Schema.annotate({ identifier: "ProblemDetails" }).pipe(
  HttpApiSchema.asJson({ contentType: ProblemDetails.contentType })
)

const problem = (status: keyof typeof meanings) => ProblemSchema.pipe(HttpApiSchema.status(status))

const notFound = problem(404)
/** What every path may answer. */
const all = [problem(400), problem(403), problem(421), problem(500)] as const
/** What a path may answer that not everybody may ask. */
const refusals = [...all, problem(401), notFound] as const
const known = HttpApiSchema.Empty(304)

class Read extends HttpApiMiddleware.Service<Read>()("effect-governor/http/Read", {
  security: { read: HttpApiSecurity.bearer }
}) {}

class Control extends HttpApiMiddleware.Service<Control>()("effect-governor/http/Control", {
  security: { control: HttpApiSecurity.bearer }
}) {}

// --- probes ---

const green = textOf("green")
const red = textOf("red", 503)

const probes = HttpApiGroup.make("probes").add(
  HttpApiEndpoint.get("live", "/livez", { query: { verbose }, success: green, error: [...all, red] })
    .annotate(
      OpenApi.Description,
      "Red only for what the governor cannot mend: an abandoned run keeps something significant from running."
    ),
  HttpApiEndpoint.get("ready", "/readyz", {
    query: { verbose, exclude: optional("Paths of services that do not count, with commas between.") },
    success: green,
    error: [...all, red]
  }).annotate(OpenApi.Description, "Green if all are ready that are required, and no shutdown has begun."),
  HttpApiEndpoint.get("readyOne", "/readyz/:path", {
    params: { path },
    query: { verbose },
    success: green,
    error: [...all, notFound, red]
  }).annotate(OpenApi.Description, "One service, whether it is required or not."),
  HttpApiEndpoint.get("started", "/startupz", { query: { verbose }, success: green, error: [...all, red] })
    .annotate(OpenApi.Description, "Green from the moment on at which all have been ready that are required.")
).annotate(OpenApi.Description, "What probes ask. Everybody may.")

// --- the page ---

const page = HttpApiGroup.make("page").add(
  HttpApiEndpoint.get("page", "/", {
    success: textOf("the page", 200, "text/html; charset=utf-8"),
    error: [...all, notFound]
  }).annotate(OpenApi.Description, "A page that shows all of it, and asks for it as others do.")
).annotate(OpenApi.Description, "What people look at.")

// --- details ---

const list = HttpApiEndpoint.get("list", "/services", {
  query: {
    limit,
    cursor: optional("The field next of the page before."),
    state: optional("States, with commas between."),
    name: optional(globs),
    scope: optionalOf(["cluster"], "The services of the whole cluster, on whichever node they run, all on one page.")
  },
  headers: ifNoneMatch,
  success: [Answers.Services, Answers.Cluster],
  error: [...refusals, known, problem(410)]
}).annotate(OpenApi.Description, "The services, page by page. Each service is followed by those inside it.")

const get = HttpApiEndpoint.get("get", "/services/:path", {
  params: { path },
  headers: ifNoneMatch,
  success: Answers.Service,
  error: [...refusals, known]
}).annotate(OpenApi.Description, "One service, and how it is supervised.")

const details = HttpApiGroup.make("services").add(
  list,
  get,
  HttpApiEndpoint.get("problems", "/why", { success: Answers.Problems, error: refusals })
    .annotate(OpenApi.Description, "What is wrong in all, by what it comes from, the oldest first."),
  HttpApiEndpoint.get("why", "/why/:path", { params: { path }, success: Answers.WhyOne, error: refusals })
    .annotate(OpenApi.Description, "Why one service is not up, down to the root."),
  HttpApiEndpoint.get("plan", "/plan", {
    query: {
      stop: optional("the path of a service"),
      start: optional("the path of a service"),
      restart: optional("the path of a service"),
      shutdown: optional("Needs no value.")
    },
    success: Answers.Plan,
    error: refusals
  }).annotate(OpenApi.Description, "What a command would do. Exactly one of the parameters is needed."),
  HttpApiEndpoint.get("graph", "/graph", {
    query: {
      format: optionalOf(["json", "mermaid", "dot"], "json if nothing is said"),
      around: optional("The path of a service: only the nearest 200 services around it.")
    },
    success: [Answers.Graph, textOf("for Mermaid or Graphviz")],
    error: refusals
  }).annotate(OpenApi.Description, "The services, and who depends on whom."),
  HttpApiEndpoint.get("budget", "/budget", { success: Answers.Budget, error: refusals })
    .annotate(OpenApi.Description, "The times that the files of process managers follow from."),
  HttpApiEndpoint.get("logs", "/logs", {
    query: {
      limit,
      after: optional("The id of a line: only those after it."),
      services: optional(globs),
      level: optionalOf(["debug", "info", "warn", "error"], "the lowest level")
    },
    success: Answers.Logs,
    error: refusals
  }).annotate(OpenApi.Description, "The latest lines of the log, the oldest first.")
).annotate(OpenApi.Description, "What people and programs read.").middleware(Read)

// --- what goes on ---

/**
 * What one event of the stream is. `StreamSse` of Effect 4.1.0 describes failures that are never sent, and a client of it
 * ends at the first line `retry`. So a client gets the bytes, and `Sse.makeParser` reads them.
 */
const told = {
  type: "object",
  properties: {
    id: { type: "string" },
    event: { type: "string" },
    data: {
      type: "string",
      contentMediaType: "application/json",
      contentSchema: { anyOf: ["Snapshot", "GovernorEvent"].map((name) => ({ $ref: `#/components/schemas/${name}` })) }
    }
  },
  required: ["event", "data"]
}

const streams = HttpApiGroup.make("streams").add(
  HttpApiEndpoint.get("incident", "/incident", {
    success: textOf(
      "Lines of JSON, each with one key: incident, which is the beginning, and then status, spec, event and line.",
      200,
      "application/x-ndjson"
    ),
    error: refusals
  }).annotate(
    OpenApi.Description,
    "All that is known of the governor, and of the time that is kept: the statuses of its beginning, the events since then, and the lines of the log. The page shows such a file too."
  ),
  HttpApiEndpoint.get("events", "/events", {
    query: {
      services: optional(globs),
      types: optional("Tags of events, with commas between."),
      snapshot: optionalFlag("Begins with one event \"snapshot\", which has all statuses."),
      after: optional("The same as the header Last-Event-ID, for those who cannot set it.")
    },
    headers: { "last-event-id": optional("The id of the latest event that the client has.") },
    success: [
      HttpApiSchema.StreamUint8Array({ contentType: "text/event-stream" }),
      HttpApiSchema.NoContent.annotate({ description: "The governor is over, and the client has all." })
    ],
    error: refusals
  }).annotateMerge(OpenApi.annotations({
    description: "Server-sent events. The name of each is its tag, \"snapshot\" or \"reset\".",
    transform: ({ responses, ...operation }) => ({
      ...operation,
      responses: {
        ...responses,
        200: { description: "the events", content: { "text/event-stream": { schema: told } } }
      }
    })
  })),
  HttpApiEndpoint.get("metrics", "/metrics", {
    success: textOf("for Prometheus", 200, "text/plain; version=0.0.4; charset=utf-8"),
    error: refusals
  }).annotate(OpenApi.Description, "The metrics of the process."),
  HttpApiEndpoint.get("document", "/openapi.json", {
    success: Schema.Record(Schema.String, Schema.Unknown),
    error: refusals
  })
    .annotate(OpenApi.Description, "This document.")
).annotate(OpenApi.Description, "What machines read.").middleware(Read)

// --- commands ---

/** A stop is never refused. */
const commandOf = <const Name extends string>(
  name: Name,
  conflicts: ReadonlyArray<typeof notFound>,
  description: string
) =>
  HttpApiEndpoint.post(name, `/services/:path/${name}`, {
    params: { path },
    query: {
      wait: optional("How long the answer waits for the state, as 10s; at most 5m. 0 if nothing is said."),
      dryRun: optionalFlag("Answers with the plan, and does nothing.")
    },
    headers: { "if-match": optional("The number of the run that the command is for.") },
    success: [Answers.Commanded, Answers.Plan, Answers.UnderWay.pipe(HttpApiSchema.status(202))],
    error: [
      ...refusals,
      ...conflicts,
      problem(412),
      problem(413),
      problem(415)
    ]
  }).annotate(OpenApi.Description, description)

const drain = HttpApiEndpoint.post("drain", "/drain", {
  query: {
    node: optional("The address of the node; this node if nothing is said."),
    wait: optional("How long the answer waits until nothing runs there, as 10s; at most 5m. 0 if nothing is said.")
  },
  success: [Answers.Drained, Answers.Draining.pipe(HttpApiSchema.status(202))],
  error: [...refusals, problem(409), problem(413), problem(415)]
}).annotate(OpenApi.Description, "Lets a node of the cluster give its services to the others, and take no more.")

const commands = HttpApiGroup.make("commands").add(
  commandOf("start", [problem(409)], "Starts a service, and the dependencies that it needs."),
  commandOf("stop", [], "Stops a service, and those that are bound to it."),
  commandOf("restart", [problem(409)], "Stops a service, and starts it again."),
  drain
).annotate(OpenApi.Description, "There are none without the option tokens.control.").middleware(Control)

// --- all of it ---

export const api = HttpApi.make("effect-governor").add(page, probes, details, streams, commands).annotate(
  HttpApi.AdditionalSchemas,
  [Snapshot, GovernorEvent]
).annotateMerge(
  OpenApi.annotations({
    title: "effect-governor",
    version: "governor/v1",
    description:
      "What is seen and commanded of a governor. Each path also answers HEAD where it answers GET. All times are epoch milliseconds, and all lengths of time are milliseconds."
  })
)
