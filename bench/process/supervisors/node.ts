/** A process of Node that keeps processes up: with this package, and by hand. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { versionsOf } from "../../machine.ts"
import { end } from "../system.ts"
import type { Supervisor } from "./Supervisor.ts"

/** The program says `held` when it waits for a line of its input, and then when it was told to start. */
const inNode = (file: string): Pick<Supervisor, "begin" | "hasCommand" | "missing" | "pause"> => ({
  pause: undefined,
  hasCommand: true,
  missing: async () => undefined,
  begin: async ({ count, program }, isAtOnce) => {
    const script = join(import.meta.dirname, "..", "programs", file)
    const child = spawn(process.execPath, [script, program, String(count), isAtOnce ? "at once" : "held"], {
      stdio: ["pipe", "pipe", "inherit"]
    })
    const lines = createInterface({ input: child.stdout })
    if (!isAtOnce) await once(lines, "line")
    return {
      start: async () => {
        child.stdin.write("start\n")
        const [moment] = await once(lines, "line") as [string]
        return Number(moment)
      },
      end: () => end(child.pid!)
    }
  }
})

export const governor: Supervisor = {
  ...inNode("governor.js"),
  title: "effect-governor",
  version: () => versionsOf("effect")["effect"]!
}

/** The least that a process of Node can do: no readiness, no log, no policy, no end. */
export const byHand: Supervisor = {
  ...inNode("byHand.js"),
  title: "node:child_process by hand",
  version: () => process.versions.node
}
