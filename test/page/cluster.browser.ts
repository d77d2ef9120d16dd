/** What the page shows of a cluster: its services on whichever node, as the cluster knows them now. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Page } from "playwright-core"
import { expect, it, onTestFinished } from "vitest"
import type { ClusterStatus } from "../../src/ClusterStatus.ts"
import { operations } from "../../src/http/index.ts"
import { Governor, Service } from "../../src/index.ts"
import { joined, seen, standingBy } from "../clustered.ts"
import { thrown } from "../operations/made.ts"
import { opened } from "./Window.ts"

const here = "127.0.0.1:7001"

/** A governor with one service of its own, and one that stands by, in a cluster with these services; or in none. */
const governed = async (services?: ReadonlyArray<ClusterStatus>) => {
  const scope = Scope.makeUnsafe()
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const governor = await Effect.runPromise(
    Scope.provide(scope)(Effect.gen(function*() {
      const governor = yield* Governor.make({ name: "shop" })
      yield* governor.add(Service.make("api", Effect.never))
      yield* standingBy(governor, ["billing"])
      return governor
    }))
  )
  if (services !== undefined) joined(governor, here, services)
  const { close, url } = await operations(governor).listen()
  onTestFinished(close)
  await Effect.runPromise(governor.start)
  return { governor, url: `${url}/` }
}

const row = (page: Page, path: string) => {
  const its = `[role=row][data-path="${path}"]`
  return {
    state: () => page.getAttribute(its, "data-state"),
    what: () => page.innerText(`${its} .what`)
  }
}

it("shows each service of a cluster where it runs, also while its node does not answer", async () => {
  const cause = thrown("no money")
  const broken = { _tag: "Failed", name: "billing", run: 7, restarts: 6, crashes: 7, since: 5, cause } as const
  const services = [seen("billing")]
  const { url } = await governed(services)
  const { faults, loaded, page, requests, shifts } = await opened(url)
  await loaded()
  const [api, billing] = [row(page, "api"), row(page, "billing")]
  await expect.poll(billing.what).toBe("on 127.0.0.1:7002, epoch 3")
  expect([await billing.state(), await api.state(), await api.what()]).toEqual(["Running", "Running", ""])
  expect(await page.innerText(".chips button:nth-child(5)")).toContain("2")

  services[0] = seen("billing", { unreachableSince: Date.now() - 8000 })
  await expect.poll(billing.what).toMatch(/^unreachable for \d+ s, on 127.0.0.1:7002, epoch 3$/)
  services[0] = seen("billing", { node: "127.0.0.1:7003", epoch: 4, state: "Failed", status: broken })
  await expect.poll(billing.what).toBe("on 127.0.0.1:7003, epoch 4; Error: no money")
  expect(await billing.state()).toBe("Failed")
  services[0] = seen("billing", { node: here, epoch: 5 })
  await expect.poll(billing.what).toBe("on 127.0.0.1:7001, epoch 5; for its lease")
  expect(await billing.state()).toBe("Standby") // what this node says of its own services is newer

  // What was has no cluster.
  await page.click(".slider .steps button:not(:disabled)")
  await expect.poll(billing.what).not.toContain("epoch")
  expect(requests.filter((one) => one.endsWith("scope=cluster")).length).toBeGreaterThan(3)
  expect(await shifts()).toEqual([])
  expect(await faults()).toEqual([])
})

it("asks once where there is no cluster, and not at all while nobody looks", async () => {
  const { url } = await governed()
  const { loaded, page, requests } = await opened(url)
  const asked = () => requests.filter((one) => one.endsWith("scope=cluster")).length
  await loaded()
  await expect.poll(asked).toBe(1)
  expect(await row(page, "billing").what()).toBe("for its lease")

  const other = await governed([seen("billing")])
  const hidden = await opened(other.url, {}, async (page) => {
    await page.clock.install()
    await page.addInitScript(() => Object.defineProperty(document, "hidden", { get: () => true, configurable: true }))
  })
  await hidden.loaded()
  await hidden.page.clock.runFor(10_000)
  const isAsked = () => hidden.requests.some((one) => one.endsWith("scope=cluster"))
  expect(isAsked()).toBe(false)
  await hidden.page.evaluate(() => Object.defineProperty(document, "hidden", { get: () => false }))
  await expect.poll(isAsked).toBe(true)
  expect(asked()).toBe(1)
})
