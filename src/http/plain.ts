/**
 * What is seen and commanded of a governor over HTTP, for plain TypeScript.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Governor as Core } from "../Governor.ts"
import { sightOf } from "../internal/sight.ts"
import type { Governor as Facade } from "../promise/Governor.ts"
import type { Question } from "./exchange.ts"
import { questionOf, toResponse } from "./fetch.ts"
import { listen, type Listening } from "./Listener.ts"
import { isLocal, respond } from "./node.ts"
import { deskOf, type ListenOptions, type OperationsOptions } from "./options.ts"
import { answer } from "./routes.ts"

/**
 * What answers for a governor.
 *
 * **Details**
 *
 * - `listen`: listens by itself. Call it before `start`: then probes are answered from the beginning on, and until the
 *   shutdown is complete. It keeps no process up, and closes with the governor. Rejects if nothing can listen there, and
 *   with `InvalidOption`
 * - `fetch`: answers a `Request`, as a handler of Hono, Bun or Deno does
 * - `listener`: answers a request of `node:http`, as a handler of Express does
 *
 * **Gotchas**
 *
 * A `Request` does not say where it comes from, but for the name in its URL, which the sender has chosen. Where strangers
 * reach `fetch`, set `tokens.read`.
 *
 * **Example** (In an application that answers requests itself)
 *
 * ```ts
 * import { type Operations, operations } from "effect-governor/http"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("clock", ({ sleep }) => sleep("Infinity"))
 * governor.start()
 * await governor.whenReady()
 *
 * const ops: Operations.Operations = operations(governor)
 * const answer = await ops.fetch(new Request("http://localhost/readyz"))
 * console.log(answer.status, await answer.text()) // 200 ok
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Operations {
  readonly listen: (options?: ListenOptions) => Promise<Listening>
  readonly fetch: (request: Request) => Promise<Response>
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void
}

/**
 * Answers probes, people and programs that ask about a governor, of either door.
 *
 * **Details**
 *
 * `docs/operations.md` has the paths. All `operations` of one governor share what is kept of it. Throws `InvalidOption`.
 *
 * **Example** (Probes on a port of their own)
 *
 * ```ts
 * import { operations } from "effect-governor/http"
 * import { Governor } from "effect-governor/promise"
 *
 * const governor = new Governor()
 * governor.add("clock", ({ sleep }) => sleep("Infinity"))
 * const { url } = await operations(governor).listen()
 * governor.start()
 *
 * const answer = await fetch(`${url}/services`)
 * const { services } = await answer.json()
 * console.log(services[0].name, services[0]._tag) // clock Running
 * await governor.shutdown()
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const operations = (governor: Core | Facade, options: OperationsOptions = {}): Operations => {
  const desk = deskOf(sightOf(governor), options)
  const ask = (question: Question) => answer(desk, question)
  return {
    listen: (options) => listen(desk, options),
    fetch: async (request) => toResponse(await ask(questionOf(request)), request.method),
    listener: (request, response) => respond(ask, { isLocal: isLocal(request), checksHost: false }, request, response)
  }
}
