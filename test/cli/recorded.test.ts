/** What a recording tells: of a running governor, and from a file. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { command, governed, temporary } from "./operator.ts"

describe("a saved incident", () => {
  it("shows what was wrong at its end, and after each of its events, without a governor", async () => {
    const { at, kill, exit } = await governed(["shop"])
    const file = join(temporary(), "incident.ndjson")
    expect(await command(["incident", "-o", file, ...at])).toEqual({
      code: 0,
      stdout: "",
      stderr: `effect-governor: saved to ${file}: effect-governor view ${file} shows it\n`
    })
    expect((await command(["incident", ...at])).stdout).toMatch(/^\{"incident":.*\}\n\{"spec":/)
    expect((await command(["incident", "-o", join(file, "no", "folder"), ...at])).code).toBe(64)
    kill("SIGKILL")
    await exit
    const { code, stdout } = await command(["view", file])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^shop at [\d:]+, after event \d+\n\d of \d ready; api and 1 more wait for database /)
    expect(stdout).toContain("\n  so these are not well either: api and web\n")
    expect(stdout).toContain(`\n  more: effect-governor view ${file} --why database\n`)
    expect((await command(["view", file, "--why", "web"])).stdout).toMatch(/^web waits for api; database: next run in /)

    // After its first event there was one service, which was never started.
    const first = await command(["view", file, "--at", "1"])
    expect(first.stdout).toMatch(/\n\nSERVICE .*\ndatabase +Pending .*\n\n.* 1 {2}database +was added\n$/)
    expect((await command(["view", file, "--at", "9999"])).code).toBe(64)
    expect((await command(["view", file, "--why", "nobody"])).code).toBe(4)
  })

  it("has to be one", async () => {
    const file = join(temporary(), "notes.txt")
    writeFileSync(file, "{}\n")
    expect(await command(["view", file])).toMatchObject({ code: 64, stderr: expect.stringContaining("is no incident") })
    expect((await command(["view", join(temporary(), "none")])).code).toBe(64)
  })
})

describe("the chain of starts", () => {
  it("tells waiting from work", async () => {
    const { at, printed, tell } = await governed(["shop"])
    const before = await command(["chain", ...at])
    expect(before.stdout).toMatch(/^not ready after .*\n\n {2}database .*\n→ api .*\n→ web /)
    expect(before.stdout).toMatch(/\n\* api +waiting +0 ms +\d.* 0 {2}database\n/)
    tell("database up")
    await printed(/\[web\] ready/)
    const after = await command(["chain", ...at])
    expect(after.code).toBe(0)
    expect(after.stdout).toMatch(/^all ready after /)
  })
})
