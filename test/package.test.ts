import { readFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "vite"
import { describe, expect, it } from "vitest"
import { entries, loaded, root } from "./entries.ts"

const json = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"))

/** What a bundler leaves of a program that logs one thing of the core. */
const bundled = async (name: string, thing: string): Promise<string> => {
  const program = join(root, "program.js")
  let output = ""
  await build({
    root,
    configFile: false,
    logLevel: "silent",
    plugins: [{
      name: "program",
      resolveId: (id) => id === program ? id : null,
      load: (id) => id === program ? `import { ${name} } from "effect-governor"; console.log(${name}.${thing})` : null,
      renderChunk: (code) => {
        output += code
      }
    }],
    build: {
      write: false,
      minify: false,
      lib: { entry: program, formats: ["es"] },
      rolldownOptions: { external: /^effect\// }
    }
  })
  return output
}

describe("the package", () => {
  it("pins what it is built with: npm on an old Node would pick older versions silently", () => {
    const { devDependencies } = json("package.json")
    for (const [name, version] of Object.entries(devDependencies)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    }
  })

  it("says where it comes from, and what it is about", () => {
    const { bugs, homepage, keywords, repository } = json("package.json")
    expect(repository).toEqual({ type: "git", url: expect.stringMatching(/^git\+https:\/\/.+\/effect-governor\.git$/) })
    const page = repository.url.replace(/^git\+|\.git$/g, "")
    expect({ bugs, homepage }).toEqual({ bugs: { url: `${page}/issues` }, homepage: `${page}#readme` })
    expect(keywords).toContain("effect")
  })

  it("has no script that npm runs, or warns of, where the package is installed", () => {
    const ofUsers = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"]
    expect(ofUsers.filter((script) => script in json("package.json").scripts)).toEqual([])
  })

  it("is tested on the Node it brings, whatever the machine has", () => {
    expect(process.versions.node).toBe(json("package.json").devDependencies.node)
  })

  it("has nothing of a machine in its lock file but the public registry", () => {
    const resolved = Object.values<{ readonly resolved?: string }>(json("package-lock.json").packages)
    for (const { resolved: url } of resolved) {
      if (url !== undefined) expect(url).toMatch(/^https:\/\/registry\.npmjs\.org\//)
    }
  })

  it("shows its entries by name", async () => {
    const core = await import("effect-governor")
    const cluster = await import("effect-governor/cluster")
    const clusterPromise = await import("effect-governor/cluster/promise")
    const http = await import("effect-governor/http")
    const node = await import("effect-governor/node")
    const processes = await import("effect-governor/process")
    const promise = await import("effect-governor/promise")
    const schema = await import("effect-governor/schema")
    const testing = await import("effect-governor/testing")
    expect(Object.keys(core).toSorted()).toEqual([
      "Governor",
      "GovernorError",
      "RestartPolicy",
      "Service",
      "ServiceRun",
      "ServiceStatus",
      "StopService"
    ])
    expect(Object.keys(cluster).toSorted()).toEqual(["ClusterError", "Fence", "GovernorCluster"])
    expect(Object.keys(http).toSorted()).toEqual(["Operations", "operations"])
    expect(Object.keys(node).toSorted()).toEqual(["Probe", "activated", "catchSignals", "notify", "runMain"])
    expect(Object.keys(processes).toSorted()).toEqual(["ProcessError", "ServiceProcess", "command", "forked", "worker"])
    expect(Object.keys(schema).toSorted()).toEqual([
      "GovernorEvent",
      "Readiness",
      "ServiceReport",
      "ServiceSpec",
      "ServiceStatus",
      "ShutdownReason",
      "ShutdownReport",
      "Snapshot",
      "StopReason",
      "Thrown"
    ])
    expect(Object.keys(await import("effect-governor/worker")).toSorted()).toEqual(["StopService", "serve"])
    expect(Object.keys(testing).toSorted()).toEqual(["TestGovernor", "collectEvents", "probe", "serviceAPI"])
    const more = ["AddressTaken", "FenceLost", "FenceMissing", "LeaseOutlived", "SettingDiffers", "guard"]
    expect(Object.keys(clusterPromise).toSorted()).toEqual([...Object.keys(promise), ...more].toSorted())
    expect(Object.keys(promise).toSorted()).toEqual([
      "CommandTimedOut",
      "DependencyFailed",
      "DuplicateService",
      "Governor",
      "GovernorClosed",
      "GovernorFailed",
      "InvalidOption",
      "Probe",
      "ProbeFailed",
      "RestartLimitExceeded",
      "RunAbandoned",
      "RunKilled",
      "RunTimedOut",
      "ServiceInUse",
      "StopService",
      "UnknownNode",
      "UnknownService"
    ])
  })

  it("loads no Effect in a thread", async () => {
    expect(await loaded("effect-governor/worker")).toEqual(["dist/worker/index.js"])
  })

  it.each(entries.filter((name) => !/\/(cluster|worker)/.test(name)))(
    "loads itself and effect for %s, and nothing else",
    async (name) => {
      const files = await loaded(name)
      expect(files).toContain("node_modules/effect/dist/Effect.js")
      expect(files.filter((file) => !/^(dist|node_modules\/effect)\//.test(file))).toEqual([])
      expect(files.filter((file) => /effect\/dist\/(cluster|sql)\/|dist\/cluster\//.test(file))).toEqual([])
      const own = files.filter((file) => file.startsWith("dist/")) // what both doors of the cluster need is in a file of no name
      const isOfCluster = (file: string) => readFileSync(join(root, file), "utf8").includes("effect-governor/cluster/")
      expect(own.filter(isOfCluster)).toEqual([])
    }
  )

  it("loads hardly more for the facade than who imports Effect alone", async () => {
    const [bare, facade] = await Promise.all(["effect/Effect", "effect-governor/promise"].map(loaded))
    expect(facade!.length / bare!.length).toBeLessThan(1.3)
  })

  it("leaves the machinery out of a bundle that does not use it", async () => {
    const [data, governor] = [await bundled("RestartPolicy", "never"), await bundled("Governor", "make")]
    expect(data).toContain("_tag: \"Never\"")
    for (const machinery of ["Run = class", "Dependencies = class", "Outbox = class", "TaggedError"]) {
      expect(data).not.toContain(machinery)
      expect(governor).toContain(machinery)
    }
  })
})
