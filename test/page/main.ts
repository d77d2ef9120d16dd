/**
 * The tests of the page, in a real Chromium, which is installed where it is missing and can be.
 *
 *   npm run test:page -- [--picture] [options of vitest]
 *
 * With `--picture` the picture of the README is made again.
 */
import { join } from "node:path"
import { provided, run } from "./provided.ts"

const path = provided()
if (path === undefined) process.exitCode = 1
else {
  const given = process.argv.slice(2)
  const isPicture = given.includes("--picture")
  const others = given.filter((arg) => arg !== "--picture")
  const vitest = join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs")
  const config = join(import.meta.dirname, "vitest.config.ts")
  process.exitCode = run([process.execPath, vitest, "run", "--config", config, ...others], {
    CHROMIUM_PATH: path,
    ...(isPicture && { PICTURE: "yes" })
  })
}
