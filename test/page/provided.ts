/** Chromium, for those that need it. */
import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { find, type Found } from "./chromium.ts"

const has = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a command, and returns its exit code. */
export const run = ([command, ...args]: ReadonlyArray<string>, env: Record<string, string> = {}): number =>
  spawnSync(command!, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1

const look = (): Found =>
  find({
    wish: process.env["CHROMIUM_PATH"],
    has,
    isRoot: process.getuid?.() === 0,
    hasSudo: spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0
  })

/** Where it is, installed if need be; undefined if it is nowhere and cannot be, which was said then. */
export const provided = (): string | undefined => {
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
