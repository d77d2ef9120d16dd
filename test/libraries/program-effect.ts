/** A program with the services of a recipe that is written in Effect: `node program-effect.ts <recipe>`. */
import { Governor, RestartPolicy } from "effect-governor"
import * as GovernorNode from "effect-governor/node"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as References from "effect/References"

const recipe = process.argv[2]
const { services }: { services: Layer.Layer<never, unknown, Governor.Governor> } = await import(
  `./recipes/${recipe}.ts`
)

Governor.launch(services, { restart: RestartPolicy.spaced("1 second") }).pipe(
  Effect.provideService(References.MinimumLogLevel, "Debug"), // the log says when a service is ready
  GovernorNode.runMain
)
