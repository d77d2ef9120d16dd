import { execFile, spawn } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Crew } from "../Crew.ts"
import { end, now } from "../system.ts"
import type { Supervisor } from "./Supervisor.ts"

const execute = promisify(execFile)
const version = "7.0.4"

/** Where it is installed. */
let binary = ""

/** As quick as it can be told to be. It says no more than that a process has started, in a log that nobody reads. */
const settings = ({ count, program }: Crew): string =>
  JSON.stringify({
    apps: Array.from({ length: count }, (_, i) => ({
      name: `child${i}`,
      script: program,
      interpreter: "none",
      restart_delay: 0,
      max_restarts: 1_000_000,
      out_file: "/dev/null",
      error_file: "/dev/null"
    }))
  })

/** Its daemon is of this folder alone, and asks nobody whether there is a newer version. */
const within = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PM2_HOME: join(folder, "pm2"),
  PM2_DISABLE_VERSION_CHECK: "true"
})

const install = async (folder: string): Promise<string | undefined> => {
  try {
    const options = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", folder]
    await execute("npm", ["install", ...options, `pm2@${version}`], { cwd: folder, timeout: 120_000 })
    binary = join(folder, "node_modules", "pm2", "bin", "pm2")
    return undefined
  } catch {
    return "npm could not install it"
  }
}

export const pm2: Supervisor = {
  title: "pm2",
  pause: undefined,
  hasCommand: true,
  missing: install,
  version: () => version,
  begin: async (crew, isAtOnce) => {
    const config = join(crew.folder, "pm2.json")
    writeFileSync(config, settings(crew))
    const options = { env: within(crew.folder), stdio: "ignore" } as const
    const tell = (...args: ReadonlyArray<string>) => spawn(process.execPath, [binary, ...args], options)
    const said = (...args: ReadonlyArray<string>) => execute(process.execPath, [binary, ...args], { env: options.env })
    if (isAtOnce) tell("start", config)
    else await said("ping")
    return {
      start: async () => {
        const moment = now()
        tell("start", config)
        return moment
      },
      end: async () => {
        const file = join(crew.folder, "pm2", "pm2.pid")
        const daemon = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0
        await said("kill").catch(() => {})
        if (daemon > 0) await end(daemon)
      }
    }
  }
}
