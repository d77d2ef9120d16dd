import { execFileSync, spawn } from "node:child_process"
import { copyFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { childrenOf, end, install, isOnPath } from "../system.ts"
import type { Supervisor } from "./Supervisor.ts"

export const runit: Supervisor = {
  title: "runit",
  pause: "one second, unless the process was up for that long",
  hasCommand: false,
  missing: async () => isOnPath("runsvdir") || install("runit") ? undefined : "there is no runsvdir on the PATH",
  version: () => execFileSync("dpkg-query", ["-W", "-f", "${Version}", "runit"], { encoding: "utf8" }),
  begin: async ({ count, folder, program }) => {
    const services = join(folder, "services")
    for (let i = 0; i < count; i++) {
      mkdirSync(join(services, `child${i}`), { recursive: true })
      copyFileSync(program, join(services, `child${i}`, "run"))
    }
    const child = spawn("runsvdir", [services], { stdio: "ignore" })
    return {
      start: () => Promise.reject(new Error("it starts at once")),
      end: async () => {
        const all = childrenOf(child.pid!)
        await end(child.pid!, "SIGHUP") // it asks its children to end
        for (const one of all) await end(one)
      }
    }
  }
}
