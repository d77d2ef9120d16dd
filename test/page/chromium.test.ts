import { expect, it } from "vitest"
import { find, type Found, type Machine } from "./chromium.ts"

const machine = (paths: ReadonlyArray<string>, more: Partial<Machine> = {}): Machine => ({
  wish: undefined,
  has: (path) => paths.includes(path),
  isRoot: false,
  hasSudo: false,
  ...more
})

const apt = "/usr/bin/apt-get"
const use = (path: string): Found => ({ _tag: "Use", path })
const install = (...before: ReadonlyArray<string>): Found => ({
  _tag: "Install",
  commands: [
    [...before, apt, "update", "-q"],
    [...before, apt, "install", "-q", "-y", "--no-install-recommends", "chromium"]
  ],
  path: "/usr/bin/chromium"
})

it.each<[string, Machine, Found]>([
  ["the wish comes first", machine(["/usr/bin/chromium", "/opt/mine"], { wish: "/opt/mine" }), use("/opt/mine")],
  ["an empty wish is none", machine(["/usr/bin/chromium"], { wish: "" }), use("/usr/bin/chromium")],
  ["Debian's before Google's", machine(["/usr/bin/google-chrome", "/usr/bin/chromium"]), use("/usr/bin/chromium")],
  ["Google's, if there is no other", machine(["/usr/bin/google-chrome", apt]), use("/usr/bin/google-chrome")],
  ["root installs it", machine([apt], { isRoot: true }), install()],
  ["with sudo, who may", machine([apt], { hasSudo: true }), install("sudo", "-n")]
])("%s", (_, machine, found) => {
  expect(find(machine)).toEqual(found)
})

it.each<[string, Machine, RegExp]>([
  ["a wish that is not there", machine(["/usr/bin/chromium"], { wish: "/opt/mine" }), /CHROMIUM_PATH says \/opt\/mine/],
  ["no apt-get", machine([], { isRoot: true }), /no apt-get .* CHROMIUM_PATH/],
  ["no right to install", machine([apt]), /takes root, or sudo .* CHROMIUM_PATH/]
])("says what it needs: %s", (_, machine, problem) => {
  const found = find(machine)
  expect(found._tag === "Missing" && found.problem).toMatch(problem)
})
