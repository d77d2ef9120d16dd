import { expect, test } from "vitest"
import { send } from "../../src/page/order.ts"
import { baseOf } from "../../src/page/request.ts"
import type { Order } from "../../src/page/store.ts"

/** What a command asks for, and what comes of this answer. */
const sent = async (order: Order, answer: () => Promise<Response>, token?: string) => {
  const asked: Array<string> = []
  const fetch = (path: string, { headers, method }: RequestInit) => {
    const { authorization, "if-match": match } = Object.fromEntries(new Headers(headers))
    asked.push([method, path, match, authorization].join(" "))
    return answer()
  }
  const result = await send({ base: "/ops/", fetch }, order, 3, token)
  return { asked, result }
}

const answered = (status: number, detail?: string) => () =>
  Promise.resolve(
    new Response(JSON.stringify({ detail }), { status, headers: { "content-type": "application/problem+json" } })
  )

test("a command is for the run that is seen, and a start for any", async () => {
  const restart = await sent({ _tag: "Restart", service: "a/b c" }, answered(200), "secret")
  expect(restart.asked).toEqual(["POST /ops/services/a%2Fb%20c/restart?wait=60s \"3\" Bearer secret"])
  const odd = await sent({ _tag: "Restart", service: "a\ud800" }, answered(404, "there is none"), "“secret”")
  expect(odd.asked).toEqual(["POST /ops/services/a%EF%BF%BD/restart?wait=60s \"3\" Bearer ?secret?"])
  expect(odd.result).toEqual({ _tag: "Refused", status: 404, problem: "there is none" })
  const start = await sent({ _tag: "Start", service: "a" }, answered(200))
  expect(start.asked).toEqual(["POST /ops/services/a/start?wait=60s  "])
})

test.each([
  [200, { _tag: "Done", isReached: true }],
  [202, { _tag: "Done", isReached: false }],
  [401, { _tag: "Refused", status: 401, problem: "because" }],
  [412, { _tag: "Refused", status: 412, problem: "because" }]
])("what came of a command is told after %i", async (status, result) => {
  expect((await sent({ _tag: "Stop", service: "a" }, answered(status, "because"))).result).toEqual(result)
})

test("an answer of something that knows no problems is told by its number", async () => {
  const { result } = await sent(
    { _tag: "Stop", service: "a" },
    () => Promise.resolve(new Response("x", { status: 502 }))
  )
  expect(result).toEqual({ _tag: "Refused", status: 502, problem: "the answer was 502" })
})

test("without an answer it is not known whether the command was heard", async () => {
  const { result } = await sent({ _tag: "Stop", service: "a" }, () => Promise.reject(new TypeError("failed")))
  expect(result).toMatchObject({ _tag: "Refused", problem: expect.stringMatching(/not known/) as string })
})

test.each([["/", "/"], ["/ops", "/ops/"], ["/ops/", "/ops/"]])("below %j all paths begin with %j", (path, base) => {
  expect(baseOf(path)).toBe(base)
})
