/** One browser for all tests of the page. */
import { chromium } from "playwright-core"
import type { TestProject } from "vitest/node"
import { args } from "./chromium.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where the browser is that all tests of the page use. */
    readonly browser: string
  }
}

const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const executablePath = process.env["CHROMIUM_PATH"]
  if (executablePath === undefined) throw new Error("run this with npm run test:page")
  const server = await chromium.launchServer({ executablePath, args })
  provide("browser", server.wsEndpoint())
  return () => server.close()
}

export default setup
