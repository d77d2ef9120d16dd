/** Nodes of a cluster in processes of their own, as a test uses them. */
import { inject, onTestFinished } from "vitest"
import { brokenIn, type Options } from "./audit.ts"
import { makeWorld, type Node, until, type WorldOptions } from "./world.ts"

export type { Node } from "./world.ts"

/** A cluster without nodes. It ends with the test. */
export const cluster = async (schema: string, options: WorldOptions, database = inject("database")) => {
  const world = await makeWorld(database, schema, options)
  onTestFinished(world.close, 60_000)

  /** Waits until each service runs on one of these nodes, and each of them has one. */
  const runsOn = (nodes: ReadonlyArray<Node>) =>
    until(`all runs on ${nodes.map(({ port }) => port).join(", ")}`, () => world.isSpread(nodes)).catch((error) => {
      throw new Error(world.nodes.map(({ output, port }) => `--- ${port}\n${output()}`).join("\n"), { cause: error })
    })

  /** The node that runs the service. */
  const ownerOf = async (service: string): Promise<Node> => {
    const [pid] = (await world.owners()).get(service) ?? []
    return world.nodes.find((node) => node.pid === pid)!
  }

  const violations = async (options: Options = {}) => brokenIn(await world.rows(), { died: world.died, ...options })
  return { ...world, runsOn, ownerOf, violations }
}

/** Three nodes, each of which has services. */
export const three = async (...args: Parameters<typeof cluster>) => {
  const all = await cluster(...args)
  const nodes = await all.startThree()
  await all.runsOn(nodes)
  return { ...all, nodes }
}
