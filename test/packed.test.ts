/**
 * What users get: the package is packed and installed in an empty folder, and each of its entries is used there, from
 * JavaScript and from TypeScript, on the oldest and on the newest Node. The programs are in `test/packed`.
 */
import { execFile } from "node:child_process"
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { entries, evaluate, root } from "./entries.ts"

const execute = promisify(execFile)
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"))

const { devDependencies, engines, peerDependencies, peerDependenciesMeta } = json(join(root, "package.json"))
const folder = realpathSync(mkdtempSync(join(tmpdir(), "effect-governor-")))
const user = join(folder, "user")
const installed = join(user, "node_modules/effect-governor")

const lowest: string = engines.node.replace(">=", "")
const nodes = [
  { version: lowest, node: join(folder, "node_modules/node/bin/node") },
  { version: process.versions.node, node: process.execPath }
]
/**
 * `core.js`, `core.ts` as `tsc` builds it, and so on for each entry. Those of the cluster need a database:
 * `test/cluster/documentation.cluster.ts` uses them as they are built. That of a thread is used by the programs of `process`.
 */
const programs = entries.filter((entry) => !/\/(cluster|worker)/.test(entry)).flatMap((entry) => {
  const name = entry.split("/")[1] ?? "core"
  return [{ entry, language: "JavaScript", file: `${name}.js` }, {
    entry,
    language: "TypeScript",
    file: `built/${name}.js`
  }]
})

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  module: "nodenext",
  target: "es2023",
  types: ["node"],
  declaration: true, // what users export has to be nameable
  outDir: "built"
}

/** What must not be there for users: a compiler that finds it complains about the comment above it. */
const hidden = `import { Governor, Service, ServiceRun } from "effect-governor"
// @ts-expect-error
export type * from "effect-governor/internal/govern"
// @ts-expect-error
export type * from "effect-governor/promise/ServiceConfig"
// @ts-expect-error
export type * from "effect-governor/node/process"
// @ts-expect-error
export type Door = Governor.Governor["door"]
// @ts-expect-error
export type Host = Governor.Host
// @ts-expect-error
export type Nest = ServiceRun["nest"]
// @ts-expect-error
export const check = Service.check
`

let said = { installing: "", compiling: "", withoutDom: "" }

beforeAll(async () => {
  // What is to be packed is built: a build now would pull it from under the other tests.
  const { stdout: packed } = await execute("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root
  })
  cpSync(join(root, "test/packed"), user, { recursive: true })
  writeFileSync(join(user, "package.json"), JSON.stringify({ private: true, type: "module" }))
  writeFileSync(join(user, "hidden.ts"), hidden)
  writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }))
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  const pinned = [...peers, "@types/node"].map((name) => `${name}@${devDependencies[name]}`)
  const [{ stderr: installing }] = await Promise.all([
    execute("npm", ["install", join(folder, packed.trim()), ...pinned], { cwd: user }),
    execute("npm", ["install", `node@${lowest}`], { cwd: folder })
  ])
  const compile = async (...args: ReadonlyArray<string>): Promise<string> => {
    const run = execute(join(root, "node_modules/.bin/tsc"), args, { cwd: user })
    return (await run.catch((error) => error)).stdout
  }
  const compiling = await compile()
  said = { installing, compiling, withoutDom: await compile("--noEmit", "--target", "esnext", "--lib", "esnext") }
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the package, packed and installed", () => {
  it("holds what is built, what it is built from, and what there is to read, its links included", () => {
    const sources = globSync("src/**/*.{ts,tsx,css,html}", { cwd: root })
    const built = globSync("dist/**/*.{js,d.ts}{,.map}", { cwd: root }) // `test/declarations.test.ts` says which
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)))
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]
    texts.push(
      ...globSync("{deploy,docs,examples}/**/*.{md,png,service,ts,yaml}", { cwd: root }),
      "bench/results/chart.svg",
      "bench/results/cluster.md",
      "bench/results/http.md",
      "bench/results/page.md",
      "bench/results/process.md",
      "bench/results/results.md"
    )
    expect(files.toSorted()).toEqual([...texts, ...sources, ...built].toSorted())
  })

  it("has the source of each of its source maps", () => {
    const maps = globSync("dist/**/*.map", { cwd: installed })
    expect(maps.length).toBeGreaterThan(0)
    for (const map of maps) {
      const file = join(installed, map)
      const { sourceRoot = "", sources } = json(file)
      for (const source of sources) expect(existsSync(resolve(dirname(file), sourceRoot, source)), map).toBe(true)
    }
  })

  it("does not make npm complain, about peers or about scripts", () => {
    expect(said.installing).not.toMatch(/warn|ERESOLVE/i)
  })

  it("has the command effect-governor, which needs no optional peer", async () => {
    const { stderr, stdout } = await execute(join(user, "node_modules/.bin/effect-governor"), ["--help"], { cwd: user })
    expect(stderr).toBe("")
    expect(stdout).toContain("Prints a unit of systemd")
  })

  it.each([
    "cli/main",
    "cluster/Node",
    "cluster/promise/Joining",
    "internal/engine/turn",
    "internal/input/GovernorOption",
    "process/runCommand",
    "promise/Governor",
    "testing/TestGovernor",
    "index"
  ])(
    "keeps %s to itself",
    async (path) => {
      const code = `await import("effect-governor/${path}").catch((error) => console.log(error.code))`
      expect(await evaluate(code, user)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n")
    }
  )

  it("is type-checked where TypeScript is strict, and checks libraries too", () => {
    expect(said.compiling).toBe("")
  })

  it("is type-checked without the types of a browser, of which Effect itself needs one, as README says", () => {
    const complaints = said.withoutDom.trim().split("\n")
    expect(complaints).toEqual([expect.stringMatching(/^node_modules\/effect\/.*Cannot find name 'JsonWebKey'/)])
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain("JsonWebKey")
  })

  describe.each(nodes)("on Node $version", ({ node, version }) => {
    it("is that Node", async () => {
      expect((await execute(node, ["--version"])).stdout).toBe(`v${version}\n`)
    })

    it.each(programs)("$entry runs, restarts and ends cleanly in $language", async ({ file }) => {
      const { stderr, stdout } = await execute(node, [file], { cwd: user })
      expect({ stderr, stdout }).toEqual({ stderr: "", stdout: "run 1\nrun 2\nok true\n" })
    })
  })
})
