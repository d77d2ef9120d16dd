/** Three nodes on a real PostgreSQL: each service runs on one of them, and moves when that one leaves or dies. */
import { expect, it } from "vitest"
import { cluster, three } from "./nodes.ts"
import { until } from "./world.ts"

it("a node that is asked to leave gives its services away, also beside one that takes long to stop", async () => {
  const { nodes, ownerOf, rows, runsOn, violations } = await three("leaves", { lease: 15_000, slowness: 8000 })
  const leaver = await ownerOf("slow")
  leaver.kill("SIGTERM")
  await runsOn(nodes.filter((node) => node !== leaver))
  expect(await leaver.exit).toMatchObject({ code: 0 })
  expect(await violations()).toEqual([])
  const own = (await rows()).filter(({ node, what }) => node === leaver.port && what === "end")
  expect(own.at(-1)).toMatchObject({ service: "slow" })
  for (const { at, service } of own.filter(({ service }) => service !== "slow")) {
    const next = (await rows()).find((row) => row.service === service && row.what === "begin" && row.at > at)
    expect(next!.at, `${service} waited for "slow"`).toBeLessThan(own.at(-1)!.at)
  }
})

it("the services of a node that is killed begin on the others, with later epochs", async () => {
  const { nodes, ownerOf, runsOn, violations } = await three("killed", { lease: 6000 })
  const victim = await ownerOf("billing")
  victim.kill("SIGKILL")
  await victim.exit
  await runsOn(nodes.filter((node) => node !== victim))
  expect(await violations()).toEqual([])
})

it("a run that takes longer than the lease to stop is not overtaken when its node leaves", async () => {
  const lease = 8000
  const { nodes, ownerOf, runsOn, violations } = await three("leaves_late", { lease, slowness: 1.25 * lease })
  const leaver = await ownerOf("slow")
  leaver.kill("SIGTERM")
  await runsOn(nodes.filter((node) => node !== leaver))
  expect(await leaver.exit).toMatchObject({ code: 0 })
  expect(await violations()).toEqual([])
})

it("a run that takes longer than the lease to stop is not overtaken when it moves to a node that has come", async () => {
  const lease = 8000
  const parts = 12
  const slow = Array.from({ length: parts }, (_, part) => `ingest/${part}`)
  const { runsOn, start, violations } = await cluster("moves_late", { lease, parts, slow, slowness: 1.25 * lease })
  const first = await start()
  await runsOn([first])
  await runsOn([first, await start()])
  expect(await violations()).toEqual([])
})

it("a part is fenced by its own name, which is that of the whole and its number", async () => {
  const { rows, start } = await cluster("parts_write", { lease: 6000, parts: 1, writers: ["ingest/0"] })
  await start()
  await until(
    "the part has written",
    async () => (await rows()).some(({ service, what }) => service === "ingest/0" && what === "guarded"),
    20_000
  )
})
