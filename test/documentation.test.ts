/**
 * The examples of the doc comments and of the pages are type-checked and run, as they stand there, and what the pages link
 * to and name is there.
 */
import { execFile } from "node:child_process"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const folder = join(root, ".documentation")
const execute = promisify(execFile)
const read = (file: string) => readFileSync(join(root, file), "utf8")

const ofDocs = (text: string) =>
  [...text.matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm)].map(([, block]) => block!.replaceAll(/^ \* ?/gm, ""))
const ofMarkdown = (text: string) => [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block]) => block!)

/** The pages whose examples run; the others have none. */
const manual = ["README.md", ...globSync("docs/*.md", { cwd: root })]
const pages = [...manual, "AGENTS.md", "CHANGELOG.md"]

const examples = [
  ...globSync("src/**/*.ts", { cwd: root }).map((file) => ({ file, codes: ofDocs(read(file)) })),
  ...manual.map((file) => ({ file, codes: ofMarkdown(read(file)) }))
].flatMap(({ codes, file }) =>
  codes.map((code, i) => {
    const name = `${file} ${i + 1}`
    return { name, code, file: join(folder, `${name.replaceAll(/\W+/g, "-")}.ts`) }
  })
)

/** `test/cluster/documentation.cluster.ts` runs those that need a database. */
const alone = examples.filter(({ code }) => !code.includes("DATABASE_URL"))

/** The source files that have examples. */
const sources = Array.from(new Set(alone.flatMap(({ name }) => name.match(/^src\S+/) ?? [])))

/** Asks the example to leave, should it still be up, once it listens: on a slow machine a second is over before all is loaded. */
const leave = `const asking = setInterval(() => {
  if (process.listenerCount("SIGTERM") === 0) return
  clearInterval(asking)
  process.kill(process.pid, "SIGTERM")
}, 1000).unref()
`

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "leave.ts"), leave)
  for (const { code, file } of examples) writeFileSync(file, code)
  const config = { extends: "../tsconfig.json", include: ["*.ts"] }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the examples", () => {
  it("are there", () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it("are type-checked", async () => {
    const { stdout } = await execute(join(root, "node_modules/.bin/tsc"), ["-p", folder]).catch((error) => error)
    expect(stdout).toBe("")
  })

  it.each(alone.filter(({ name }) => !name.startsWith("src")))("$name runs", async ({ file }) => {
    await execute(process.execPath, ["--import", join(folder, "leave.ts"), file])
  })

  /** One after another in one process, for there are many: each must end by itself. The last name printed is to blame. */
  it.each(sources)("those of %s run", async (source) => {
    const own = alone.filter(({ name }) => name.startsWith(`${source} `))
    const lines = own.map(({ file, name }) =>
      `console.error("${name}:")\nawait import("${pathToFileURL(file).href}")\n`
    )
    const all = join(folder, `${source.replaceAll(/\W+/g, "-")}.js`)
    writeFileSync(all, `${lines.join("")}console.error("no more")`)
    const { stderr } = await execute(process.execPath, [all], { timeout: 30_000 })
    expect(stderr).toContain("no more")
  })
})

interface Thing {
  readonly name: string
  readonly comment: string
}

/** What a module offers, with that which it passes on; what is not found there has no comment. */
const thingsOf = (file: string): ReadonlyArray<Thing> => {
  const text = read(file)
  const own =
    /^(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:declare |abstract |async )*(?:const|function|class|interface|type) (\w+)/gm
  const passedOn = /^export (?:type )?(\*|\{[^}]*\})[^"\n]* from "(\.[^"]*)"/gm
  return [
    ...[...text.matchAll(own)].map(([, comment = "", name]) => ({ name: `${name} of ${file}`, comment })),
    ...[...text.matchAll(passedOn)].flatMap(([, names, from]) => {
      const there = thingsOf(join(dirname(file), from!))
      if (names === "*") return there
      return [...names!.matchAll(/(\w+)(?: as \w+)?\s*[,}]/g)].flatMap(([, name]) => {
        const found = there.filter((thing) => thing.name.startsWith(`${name} of `))
        return found.length > 0 ? found : [{ name: `${name} of ${file}`, comment: "" }]
      })
    })
  ]
}

const parts = [
  ["a summary", /^\/\*\*\n \* [^\s*@-]/],
  ["an example", /^ \* \*\*Example\*\* \(.+\)\n \*\n \* ```ts\n/m],
  ["@since", /^ \* @since \d+\.\d+\.\d+$/m],
  ["@category", /^ \* @category \w+$/m]
] as const

it("whatever is public has a doc comment with all its parts", () => {
  const things = [
    "src/index.ts",
    "src/promise/index.ts",
    "src/node/index.ts",
    "src/process/index.ts",
    "src/worker/index.ts",
    "src/testing/index.ts",
    "src/cluster/index.ts",
    "src/cluster/promise/index.ts"
  ].flatMap(thingsOf)
  const missing = things.filter(({ comment }) => !/^ \* @internal$|^\/\*\* @internal /m.test(comment))
    .flatMap(({ comment, name }) => parts.flatMap(([part, is]) => is.test(comment) ? [] : [`${name}: ${part}`]))
  expect(Array.from(new Set(missing))).toEqual([])
  expect(new Set(things.map(({ name }) => name)).size).toBeGreaterThan(50)
})

/** As GitHub makes the address of a heading. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
  )

describe("the pages", () => {
  it.each(pages)("%s links to what is there", (page) => {
    const text = read(page).replaceAll(/^```[^]*?^```$/gm, "")
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)]
    const missing = links.filter(([, path, anchor]) => {
      const file = path === "" ? page : join(dirname(page), path!)
      return !existsSync(join(root, file)) || (anchor !== "" && !anchors(read(file)).includes(anchor!))
    })
    expect(missing.map(([link]) => link)).toEqual([])
  })

  it("link to what is in the package, or to addresses in full", async () => {
    const packing = ["pack", "--dry-run", "--json", "--ignore-scripts"] // a build would pull `dist` from under other tests
    const { stdout } = await execute("npm", packing, { cwd: root })
    const [{ files }]: [{ readonly files: ReadonlyArray<{ readonly path: string }> }] = JSON.parse(stdout)
    const packed = new Set(files.map(({ path }) => path))
    const links = [...manual, "CHANGELOG.md"].flatMap((page) => {
      const text = read(page).replaceAll(/^```[^]*?^```$/gm, "")
      const targets = text.matchAll(/(?:\]\(|\b(?:src|href)=")(?!https:|#)([^)#"]*)/g)
      return Array.from(targets, ([, path]) => ({ page, file: join(dirname(page), path!) }))
    })
    expect(links.length).toBeGreaterThan(40)
    expect(links.filter(({ file }) => !packed.has(file))).toEqual([])
  })

  it("can all be found from README.md", () => {
    const linked = new Set(Array.from(read("README.md").matchAll(/\]\((docs\/[^)#]*)/g), ([, file]) => file))
    expect(manual.filter((page) => page.startsWith("docs/") && !linked.has(page))).toEqual([])
  })
})

describe("docs/publishing.md", () => {
  const text = read("docs/publishing.md")

  it("names each placeholder that a maintainer fills in", () => {
    const open = Object.entries(JSON.parse(read("package.json"))).filter(([, value]) =>
      /HOST|OWNER/.test(JSON.stringify(value))
    )
    for (const [field] of open) expect(text).toContain(`\`${field}\``)
  })
})

describe("AGENTS.md", () => {
  const text = read("AGENTS.md")
  const code = [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span!)

  it("is read in one go", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(80)
  })

  it("names files and folders that are there", () => {
    const words = code.flatMap((span) => span.split(/[\s']/))
    const paths = words.filter((word) => /\/|\.(ts|json|md)$/.test(word) && !/^(@?effect|import)/.test(word))
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([])
  })

  it("names npm scripts that are there", () => {
    const { scripts } = JSON.parse(read("package.json"))
    const names = code.flatMap((span) => span.match(/(?<=^npm (run )?)(?!run|ci|exec|install)[\w:]+/)?.[0] ?? [])
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !(name in scripts))).toEqual([])
  })
})
