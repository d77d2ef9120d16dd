/** What is left of commands when the process of their governor is gone. */
import { readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import { type Child, run } from "../child.ts"
import { isAlive, pidIn } from "./alive.ts"

/** The children of a process. */
const childrenOf = (pid: number): ReadonlyArray<number> =>
  readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === pid).map(Number)

const parentOf = (pid: string): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ")[1])
  } catch {
    return NaN // it is gone
  }
}

it.each<[how: string, leave: (child: Child) => void]>([
  ["by SIGKILL", ({ kill }) => kill("SIGKILL")],
  ["by the second SIGTERM, though the commands have not ended", ({ exit, kill }) => {
    const again = setInterval(() => kill("SIGTERM"), 50)
    void exit.then(() => clearInterval(again))
  }],
  ["by an abort of its own", ({ kill }) => kill("SIGABRT")]
])("nothing is left when it has gone %s", async (_, leave) => {
  const folder = await mkdtemp(join(tmpdir(), "governor-process-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const governor = run("commands", [folder])
  const pids = [await pidIn(join(folder, "child")), await pidIn(join(folder, "grandchild"))]
  onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, "SIGKILL")))
  const own = await vi.waitFor(() => {
    const children = childrenOf(governor.pid!)
    expect(children, "the command, and the shell that waits").toHaveLength(2)
    return children
  })
  leave(governor)
  await governor.exit
  await vi.waitFor(() => expect([...pids, ...own].filter(isAlive)).toEqual([]), { timeout: 10_000, interval: 10 })
}, 30_000)
