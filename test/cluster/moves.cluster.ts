/** Three nodes on a real PostgreSQL: each service runs on one of them, and moves when that one leaves or dies. */
import { expect, it } from "vitest"
import { cluster, type Node } from "./nodes.ts"

const three = async (schema: string, options: Parameters<typeof cluster>[1]) => {
  const all = await cluster(schema, options)
  const nodes = await Promise.all([all.start(), all.start(), all.start()])
  await all.runsOn(nodes)
  return { ...all, nodes }
}

const ownerOf = (owners: ReadonlyMap<string, ReadonlyArray<string>>, nodes: ReadonlyArray<Node>, service: string) =>
  nodes.find(({ port }) => owners.get(service)?.includes(port))!

it("a node that is asked to leave gives its services away, also beside one that takes long to stop", async () => {
  const { nodes, owners, rows, runsOn, violations } = await three("leaves", { lease: 15_000, parts: 6, slowness: 8000 })
  const leaver = ownerOf(await owners(), nodes, "slow")
  const stayers = nodes.filter((node) => node !== leaver)
  leaver.kill("SIGTERM")
  await runsOn(stayers)
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
  const { nodes, owners, runsOn, violations } = await three("killed", { lease: 6000, parts: 6 })
  const victim = ownerOf(await owners(), nodes, "billing")
  victim.kill("SIGKILL")
  const died = new Map([[victim.pid, Date.now()]])
  await victim.exit
  await runsOn(nodes.filter((node) => node !== victim), [victim])
  expect(await violations({ died })).toEqual([])
})
