/** What is left of commands when the process of their governor is gone. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { type Child, run } from "../child.ts"
import { childrenOf, commandOf, descendantsOf, freshFolder, gone, isAlive, killAtEnd, pidIn, shellOf } from "./alive.ts"

/** The process of a governor whose command and its child heed no signal, and all of their numbers. */
const begun = async () => {
  const folder = await freshFolder()
  const governor = run("commands", [folder])
  const pids = [await pidIn(join(folder, "child")), await pidIn(join(folder, "grandchild"))]
  const own = await vi.waitFor(() => {
    const children = childrenOf(governor.pid!)
    expect(children, "the command, and the shell that waits").toHaveLength(2)
    return children
  })
  killAtEnd(pids)
  return { governor, pids, own, shell: shellOf(governor.pid!)! }
}

it.each<[how: string, leave: (child: Child) => void]>([
  ["by SIGKILL", ({ kill }) => kill("SIGKILL")],
  ["by the second SIGTERM, though the commands have not ended", ({ exit, kill }) => {
    const again = setInterval(() => kill("SIGTERM"), 50)
    void exit.then(() => clearInterval(again))
  }],
  ["by an abort of its own", ({ kill }) => kill("SIGABRT")]
])("nothing is left when it has gone %s", async (_, leave) => {
  const { governor, own, pids } = await begun()
  leave(governor)
  await governor.exit
  await gone([...pids, ...own])
}, 30_000)

it.each([
  [1, "then", "as soon as it has begun"],
  [20, "then", "as soon as it has begun"],
  [1, "meanwhile", "before it knows that it has begun"],
  [20, "meanwhile", "before it knows that it has begun"]
])("nothing is left when it is killed, %d commands, %s: %s them", async (count, when) => {
  const file = join(await freshFolder(), "pids")
  expect(await run("begun", [file, String(count), when]).exit).toMatchObject({ signal: "SIGKILL" })
  const pids = readFileSync(file, "utf8").trim().split("\n").map(Number)
  expect(pids).toHaveLength(count)
  await gone(pids)
}, 30_000)

it("another shell waits when somebody has killed the first", async () => {
  const { governor, pids, shell } = await begun()
  process.kill(shell, "SIGKILL")
  await vi.waitFor(() => {
    const next = shellOf(governor.pid!)
    expect(next).toBeDefined()
    expect(next).not.toBe(shell)
  }, { timeout: 10_000, interval: 10 })
  expect(pids.every(isAlive)).toBe(true)
  governor.kill("SIGKILL")
  await gone(pids)
}, 30_000)

it("a process of Node ends by itself when the shell is gone too", async () => {
  const governor = run("dies", [await freshFolder(), "exit"])
  await governor.printed("all are up")
  const shell = shellOf(governor.pid!)!
  const pids = childrenOf(governor.pid!).filter((pid) => pid !== shell)
  const forks = pids.filter((pid) => commandOf(pid).includes("dies.ts"))
  expect([pids, forks]).toMatchObject({ 0: { length: 2 }, 1: { length: 1 } })
  killAtEnd(descendantsOf(governor.pid!))
  governor.kill("SIGSTOP") // it cannot begin another shell
  process.kill(shell, "SIGKILL")
  governor.kill("SIGKILL")
  await gone(forks)
}, 30_000)

it("a group that is gone is known no more: another process may have its number", async () => {
  const folder = await freshFolder()
  await run("taken-back", [folder]).exit
  const [first, kept, last] = await Promise.all(
    ["killed", "kept", "killed-too"].map((file) => pidIn(join(folder, file)))
  )
  killAtEnd([kept!])
  await gone([first!, last!])
  expect(isAlive(kept!)).toBe(true) // the shell kills in the order in which it has heard of them
}, 30_000)
