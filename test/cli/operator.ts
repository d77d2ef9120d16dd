/** The command in processes of its own, and a governor in another one. */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { root } from "../entries.ts"
import { watched } from "../watched.ts"

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Around {
  readonly env?: Record<string, string>
  /** What is typed. */
  readonly input?: string
}

const main = join(root, "src/cli/main.ts")

/** Neither the sockets nor the tokens nor the colours of whoever runs the tests. */
const alone = (env: Record<string, string> = {}) => ({
  ...process.env,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  OPS_TOKEN: undefined,
  XDG_RUNTIME_DIR: "/nowhere",
  TZ: "UTC",
  ...env
})

export const command = (args: ReadonlyArray<string>, { env, input }: Around = {}): Promise<Said> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env: alone(env), stdio: "pipe" })
    onTestFinished(() => void child.kill("SIGKILL"))
    const said = { stdout: "", stderr: "" }
    child.stdout.on("data", (chunk: Buffer) => void (said.stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => void (said.stderr += chunk.toString()))
    child.once("close", (code) => resolve({ code, ...said }))
    child.stdin.on("error", () => {}).end(input)
  })

/** The command, while it runs. */
export const running = (args: ReadonlyArray<string>, env?: Record<string, string>) => {
  const child = spawn(process.execPath, [main, ...args], { env: alone(env), stdio: ["ignore", "pipe", "pipe"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  return watched(child, [child.stdout, child.stderr])
}

/** A folder that is gone after the test. */
export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-governor-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The governor of `test/fixtures/operated.ts`. Resolves when its services have begun. */
export const governed = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  begun("operated.ts", args, env, /\[ingest\] ready/)

/** The governor of `test/fixtures/clustered.ts`. What is told is what the cluster knows of a service from then on. */
export const inCluster = async () => {
  const { tell, ...others } = await begun("clustered.ts", [], {}, "api is ready")
  return { ...others, tell: (service: string, its: object) => tell(`${service} ${JSON.stringify(its)}`) }
}

const begun = async (
  fixture: string,
  args: ReadonlyArray<string>,
  env: Record<string, string>,
  sign: string | RegExp
) => {
  const child = spawn(process.execPath, [join(root, "test/fixtures", fixture), ...args], {
    env: alone(env),
    stdio: "pipe"
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  const process_ = watched(child, [child.stdout, child.stderr])
  const [, url = ""] = await process_.printed(/listens: (\S+)\n/)
  await process_.printed(sign)
  return {
    ...process_,
    url,
    at: url.startsWith("unix:") ? ["--socket", url.slice("unix:".length)] : ["--url", url],
    /** `database up` */
    tell: (line: string) => void child.stdin.write(`${line}\n`)
  }
}
