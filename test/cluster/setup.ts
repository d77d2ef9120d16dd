/** One database for all tests of the cluster. Each file has a schema of its own in it. */
import type { TestProject } from "vitest/node"
import { startDatabase } from "../../examples/cluster/database.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The url of the database that all tests of the cluster use. */
    readonly database: string
  }
}

const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const { stop, url } = await startDatabase()
  provide("database", url)
  return stop
}

export default setup
