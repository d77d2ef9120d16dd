/** The sums behind the files for process managers, and the files in `deploy/`. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { numbersIn } from "../../src/cli/budget.ts"
import { manifest } from "../../src/cli/k8s.ts"
import { type Numbers, startSeconds, stopSeconds, watchdogSeconds } from "../../src/cli/numbers.ts"
import { unit } from "../../src/cli/unit.ts"
import { defaultShutdownTimeout } from "../../src/node/governed.ts"
import { root } from "../entries.ts"

const of = (numbers: Partial<Numbers>): Numbers => ({ name: "uptime", port: 9000, ...numbers })

describe("the time limits around a governor", () => {
  it.each<[Partial<Numbers>, number]>([
    [{}, 90],
    [{ longestStart: 0 }, 30],
    [{ longestStart: 30_000 }, 60],
    [{ longestStart: 30_001 }, 61]
  ])("of the start: %o, %i s", (numbers, seconds) => {
    expect(startSeconds(of(numbers))).toBe(seconds)
  })

  it.each<[Partial<Numbers>, number]>([
    [{}, 30],
    [{ shutdownTimeout: 60_000 }, 65],
    [{ shutdownTimeout: 8000 }, 13],
    [{ longestStop: 3000 }, 30],
    [{ longestStop: 40_000 }, 45],
    [{ drainDelay: 5000, longestStop: 40_000 }, 50],
    [{ drainDelay: 5000, longestStop: 10_000 }, 30],
    [{ drainDelay: 5000, longestStop: 10_000, shutdownTimeout: 12_000 }, 20],
    [{ shutdownTimeout: 1 }, 6]
  ])("of the stop: %o, %i s", (numbers, seconds) => {
    expect(stopSeconds(of(numbers))).toBe(seconds)
  })

  it.each<[Partial<Numbers>, number]>([
    [{}, 30],
    [{ heartbeat: 100 }, 10],
    [{ heartbeat: 20_000 }, 40]
  ])("of silence: %o, %i s", (numbers, seconds) => {
    expect(watchdogSeconds(of(numbers))).toBe(seconds)
  })

  it("without a limit of the shutdown, are those of catchSignals", () => {
    expect(stopSeconds(of({}))).toBe(stopSeconds(of({ shutdownTimeout: defaultShutdownTimeout })))
  })
})

const settingsIn = (text: string): Record<string, string> =>
  Object.fromEntries(Array.from(text.matchAll(/^([A-Z]\w+)=(.*)$/gm), ([, key, value]) => [key, value]))

const numberIn = (text: string, key: string): ReadonlyArray<number> =>
  Array.from(text.matchAll(new RegExp(`^ *${key}: (\\d+)$`, "gm")), ([, number]) => Number(number))

describe("a unit", () => {
  it("has the limits", () => {
    const numbers = of({ longestStart: 40_000, shutdownTimeout: 60_000, heartbeat: 10_000 })
    expect(settingsIn(unit(numbers, "/opt/node main.js"))).toEqual({
      Description: "uptime",
      Wants: "network-online.target",
      After: "network-online.target",
      Type: "notify",
      NotifyAccess: "all",
      ExecStart: "/opt/node main.js",
      Restart: "on-failure",
      RestartPreventExitStatus: "78",
      TimeoutStartSec: "70",
      TimeoutStopSec: "65",
      WatchdogSec: "20",
      KillMode: "mixed",
      WantedBy: "multi-user.target"
    })
  })

  it("has no setting that a name brings with it", () => {
    const text = unit(of({ name: "100%\n[Service]\nUser=root" }), "a\nUser=root")
    expect(text).toContain("Description=100%% [Service] User=root\n")
    expect(text).not.toMatch(/^User/m)
    expect(unit(of({ name: "my app" }))).toContain("ExecStart=/usr/bin/node /srv/my-app/main.js\n")
  })
})

describe("a deployment", () => {
  it.each<Partial<Numbers>>([
    {},
    { longestStart: 0 },
    { longestStart: 59_000, shutdownTimeout: 60_000 },
    { longestStart: 3_600_000, drainDelay: 7000, longestStop: 100_000 }
  ])("lets the program start and stop in its time: %o", (some) => {
    const numbers = of(some)
    const text = manifest(numbers)
    const [period = 0] = numberIn(text, "periodSeconds")
    const [failures = 0] = numberIn(text, "failureThreshold")
    expect(period * failures).toBeGreaterThanOrEqual(startSeconds(numbers))
    expect(numberIn(text, "terminationGracePeriodSeconds")).toEqual([stopSeconds(numbers)])
  })

  it.each<[string, string]>([
    ["Uptime Monitor", "uptime-monitor"],
    ["--x--", "x"],
    ["名", "app"],
    [`${"a".repeat(62)}-b`, "a".repeat(62)],
    ["a\n- b: c", "a-b-c"]
  ])("has a name that Kubernetes takes: %o", (name, label) => {
    const text = manifest(of({ name }))
    expect(text).toContain(`  name: ${label}\n`)
    expect(text).toContain(`          image: "${label}:latest"\n`)
  })

  it("has the port, the image, and both ways to serve on", () => {
    const text = manifest(of({ port: 9100, drainDelay: 6500 }), "registry/uptime:2")
    expect(numberIn(text, "containerPort")).toEqual([9100])
    expect(text).toContain(`          image: "registry/uptime:2"\n`)
    expect(text).toContain("The drainDelay of the program (7 s)")
    expect(text).toContain("          #     sleep: { seconds: 7 }\n")
    expect(manifest(of({}))).toContain("          #     sleep: { seconds: 5 }\n")
    expect(text).not.toMatch(/[ \t]$/m)
  })
})

describe("an answer about the budget", () => {
  it("is read, whatever version it comes from", () => {
    const answer = { apiVersion: 1, governor: "a", longestStart: 5, heartbeatTimeout: 7, drainDelay: null, more: [1] }
    expect(numbersIn(answer)).toEqual({ name: "a", longestStart: 5, heartbeat: 7 })
    expect(numbersIn({ governor: "a", longestStop: -1, shutdownTimeout: "1", drainDelay: Infinity })).toEqual({
      name: "a"
    })
  })

  it.each([null, 1, "x", [], {}, { governor: 1 }])("is refused: %o", (answer) => {
    expect(() => numbersIn(answer)).toThrow("the answer is not the budget of a governor")
  })
})

describe("the files in deploy/, for examples/uptime", () => {
  /** What the example says at `/budget`: `test/examples/operated.test.ts` asks it. */
  const uptime = of({ longestStart: 10_000, drainDelay: 1000, shutdownTimeout: defaultShutdownTimeout })
  const files: ReadonlyArray<[file: string, text: string]> = [
    ["deploy/systemd/uptime.service", unit(uptime, "/usr/bin/node /srv/uptime/examples/uptime/main.ts")],
    ["deploy/kubernetes/uptime.yaml", manifest(uptime, "uptime:latest")]
  ]

  it.each(files)("%s is what the command prints", (file, text) => {
    expect(readFileSync(join(root, file), "utf8")).toBe(text)
  })

  it("systemd finds nothing to complain about", () => {
    const text = files[0]![1]
    expect(text.match(/^\[\w+\]$/gm)).toEqual(["[Unit]", "[Service]", "[Install]"])
    if (spawnSync("systemd-analyze", ["--version"]).error !== undefined) {
      return console.error("systemd-analyze is not installed: the unit was not verified")
    }
    const folder = mkdtempSync(join(tmpdir(), "effect-governor-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, "uptime.service")
    /** What systemd says about our unit, whatever it says about others. */
    const complaints = (text: string) => {
      writeFileSync(file, text.replace("/usr/bin/node", process.execPath)) // which has to be there
      const { stderr, stdout } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" })
      return (stdout + stderr).split("\n").filter((line) => line.includes("uptime.service"))
    }
    expect(complaints(text.replace(/TimeoutStopSec=\d+/, "TimeoutStopSec=soon"))).toEqual([
      expect.stringContaining("Failed to parse time value")
    ])
    expect(complaints(text)).toEqual([])
  })
})
