import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { news } from "../../src/operations/news.ts"
import { crash, type Made, madeView, running, thrown } from "./made.ts"

const cause = thrown("no connection")
const down: Made = { status: { _tag: "Backoff", since: 119_000, until: 128_000, crashes: 3, cause } }
const api: Made = { status: { _tag: "Waiting", waitingFor: ["database"] }, dependsOn: ["database"] }
const reason = { _tag: "Requested" } as const

describe("news", () => {
  const table: ReadonlyArray<readonly [string, Record<string, Made>]> = [
    ["no service is meant to run", {}],
    ["1 of 1 ready", { a: { status: running }, b: { status: { _tag: "Pending" } } }],
    ["1 of 3 ready; api waits for database (crashed 3 times, next run in 8 s)", {
      database: down,
      api,
      a: { status: running }
    }],
    ["0 of 1 ready; database: next run in 8 s, latest: Error: no connection", { database: down }],
    ["0 of 2 ready; a has failed, and is not restarted: Error: no connection; and 1 more", {
      a: { status: { _tag: "Failed", cause } },
      b: { status: { _tag: "Failed", cause, since: 1 } }
    }]
  ]
  for (const [sentence, services] of table) {
    it(`says ${sentence}`, () => assert.strictEqual(news(madeView(services)), sentence))
  }

  it("says how a shutdown goes on", () => {
    const stopping = { _tag: "Stopping", reason: "shutdown", since: 116_000 } as const
    const services = {
      cache: { status: { ...stopping, since: 118_000 }, stopTimeout: 5000 },
      db: { status: stopping, stopTimeout: 10_000 },
      api: { status: { _tag: "Stopped", outcome: "Stopped" } }
    } as const
    const closing = { reason, since: 0 }
    assert.strictEqual(news(madeView(services, { closing })), "2 of 3 left: db 4 s of 10 s")
    assert.strictEqual(
      news(madeView(services, { closing: { ...closing, drainsUntil: 123_000 } })),
      "2 of 3 left; the stops begin in 3 s"
    )
  })

  it("is one line of at most 200 characters, whatever the names and messages hold", () =>
    fc.assert(fc.property(
      fc.string({ unit: "binary", minLength: 1, maxLength: 300 }),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom<Made["status"]["_tag"]>("Failed", "Backoff", "Starting", "Stopping"),
      fc.boolean(),
      (name, message, _tag, isClosing) => {
        const status = { _tag, since: 0, until: 1, cause: thrown(message), reason: message } as Made["status"]
        const rest = isClosing ? { closing: { reason, since: 0 } } : { events: [crash(name, 0, message)] }
        const line = news(
          madeView({ [name]: { status }, b: { status: { _tag: "Waiting", waitingFor: [name] } } }, rest)
        )
        assert.isAtMost(line.length, 200)
        assert.notMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u)
        assert.strictEqual(Buffer.from(line).toString(), line)
      }
    )))
})
