/**
 * The tests of the page, in a real Chromium, which is installed where it is missing and can be.
 *
 *   npm run test:page -- [--picture] [options of vitest]
 *
 * With `--picture` the picture of the README is made again.
 */
import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { join } from "node:path"
import { find, type Found } from "./chromium.ts"

const has = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const run = ([command, ...args]: ReadonlyArray<string>, env: Record<string, string> = {}): number =>
  spawnSync(command!, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1

const look = (): Found =>
  find({
    wish: process.env["CHROMIUM_PATH"],
    has,
    isRoot: process.getuid?.() === 0,
    hasSudo: spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0
  })

/** Where it is, or undefined if it is nowhere and cannot be. */
const provided = (): string | undefined => {
  const found = look()
  switch (found._tag) {
    case "Use":
      return found.path
    case "Missing":
      console.error(found.problem)
      return undefined
    case "Install":
      console.error("Chromium is not installed. Installing it.")
      for (const command of found.commands) {
        if (run(command, { DEBIAN_FRONTEND: "noninteractive" }) !== 0) {
          console.error(`The tests of the page need Chromium, and this failed: ${command.join(" ")}`)
          return undefined
        }
      }
      return found.path
  }
}

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
