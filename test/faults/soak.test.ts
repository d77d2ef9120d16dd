/** A short soak: `npm run soak` is the long one. */
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { start } from "../child.ts"

const soak = async (...args: ReadonlyArray<string>) => {
  const child = start(fileURLToPath(new URL("./soak.ts", import.meta.url)), [
    "--services=200",
    "--seed=1",
    ...args
  ])
  const { code } = await child.exit
  return { code, output: child.output() }
}

it("leaves nothing behind, whatever services do, and tells of everything", async () => {
  const { code, output } = await soak("--seconds=3")
  expect(output).toContain("nothing was left, and all events add up")
  expect(code).toBe(0)
})

it("finds what is left behind", async () => {
  const { code, output } = await soak("--seconds=1", "--broken")
  expect(output).toMatch(/^- unhandledRejection: Error: left behind$/m)
  expect(output).toMatch(/^- of what holds the process: 1 Timeout, before: 0$/m)
  expect(output).toMatch(/^- listeners: 1 process on SIGUSR2, before: 0$/m)
  expect(output).toMatch(/^- listeners: 1 abort of a signal, before: 0$/m)
  expect(code).toBe(1)
})
