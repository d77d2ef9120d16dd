#!/usr/bin/env node
/**
 * The command `effect-governor`: prints files for process managers that follow from the numbers of a running governor.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { numbersAt } from "./budget.ts"
import { manifest } from "./k8s.ts"
import type { Numbers } from "./numbers.ts"
import { terminal } from "./terminal.ts"
import { unit } from "./unit.ts"

const where = {
  url: Flag.String("url").pipe(
    Flag.withDefault("http://127.0.0.1:9000"),
    Flag.withDescription("where the operations of the governor are served")
  ),
  socket: Flag.String("socket").pipe(
    Flag.optional,
    Flag.withDescription("the path of a Unix socket where they are served, instead of the URL")
  ),
  token: Flag.String("token").pipe(
    Flag.optional,
    Flag.withDescription("the token for reading, if the governor asks for one; or set OPS_TOKEN")
  ),
  name: Flag.String("name").pipe(Flag.optional, Flag.withDescription("the name to print instead of the governor's"))
}

interface Where {
  readonly url: string
  readonly socket: Option.Option<string>
  readonly token: Option.Option<string>
  readonly name: Option.Option<string>
}

/** Behind a socket, the probes of Kubernetes have no port to ask; the port of the URL is printed. */
const numbersFor = ({ name, socket, token: given, url }: Where) => {
  const token = Option.getOrElse(given, () => process.env["OPS_TOKEN"])
  return Effect.map(
    numbersAt(Option.isSome(socket) ? { socket: socket.value, token } : { url, token }),
    (numbers): Numbers => ({ ...numbers, name: Option.getOrElse(name, () => numbers.name), port: portOf(url) })
  )
}

const portOf = (url: string): number => URL.canParse(url) ? Number(new URL(url).port || 80) : 80

const print = (text: string) => Effect.sync(() => void process.stdout.write(text))

const unitCommand = Command.make(
  "unit",
  {
    ...where,
    exec: Flag.String("exec").pipe(Flag.optional, Flag.withDescription("the command line of the program"))
  },
  ({ exec, ...where }) =>
    Effect.flatMap(
      numbersFor(where),
      (numbers) => print(unit(numbers, Option.getOrUndefined(exec)))
    )
).pipe(Command.withDescription("Prints a unit of systemd"))

const k8sCommand = Command.make(
  "k8s",
  { ...where, image: Flag.String("image").pipe(Flag.optional, Flag.withDescription("the image of the container")) },
  ({ image, ...where }) =>
    Effect.flatMap(
      numbersFor(where),
      (numbers) => print(manifest(numbers, Option.getOrUndefined(image)))
    )
).pipe(Command.withDescription("Prints a deployment of Kubernetes"))

const command = Command.make("effect-governor").pipe(
  Command.withDescription("Prints files for process managers, from the numbers of a running governor"),
  Command.withSubcommands([unitCommand, k8sCommand])
)

/** The version of the package. */
const version = "0.1.0"

const run = Command.runWith(command, { version })(process.argv.slice(2))

// What was wrong is printed already.
await Effect.runPromise(Effect.provide(run, terminal)).catch(() => {
  process.exitCode = 1
})
