/**
 * `status` and `tree`: how the services are.
 */
import { known } from "../../operations/because.ts"
import { matches } from "../../operations/globs.ts"
import { healthOf } from "../../operations/health.ts"
import { inLine } from "../../operations/inWords.ts"
import { news } from "../../operations/news.ts"
import type { ServiceSpec, Status, View } from "../../operations/View.ts"
import { type Address, type Both, encoded, readBoth, readJson } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { incidentAt } from "../incident.ts"
import { print, width, writeJson } from "../output.ts"
import { branches, columns, rowOf, worstFirst } from "../shown/services.ts"
import { line, table } from "../shown/text.ts"

interface Asked {
  readonly json: boolean
  /** Names and patterns; none: all services. */
  readonly names: ReadonlyArray<string>
}

export const status = async (address: Address, { json, names }: Asked): Promise<ExitCode> => {
  if (json) return statusAsJson(address, names)
  const view = await viewAt(address)
  const all = known(view)
  const nodes = worstFirst(chosen(Array.from(all.tree.nodes.values()), names))
  const { head, lines } = table(columns, nodes.map((node) => rowOf(all, node)), width())
  print([line(news(view), "bold"), head, ...lines])
  return codeOf(nodes.map(({ spec, status }) => [status, spec?.readiness]), names)
}

/** The tree of all, or of a service and those inside it. */
export const tree = async (
  address: Address,
  { name }: { readonly name: string | undefined }
): Promise<ExitCode> => {
  const view = await viewAt(address)
  const all = known(view)
  const nodes = branches(name === undefined ? all.tree.top : chosen(Array.from(all.tree.nodes.values()), [name]))
  const { lines } = table(treeColumns, nodes.map(([node, branch]) => rowOf(all, node, branch)), width())
  print(lines)
  return codeOf(nodes.map(([{ spec, status }]) => [status, spec?.readiness]), [])
}

const treeColumns = columns.filter(({ title }) => !["RUN", "RESTARTS", "CRASHES"].includes(title))

const viewAt = async (address: Address): Promise<View> => {
  const { offset, recording } = await incidentAt(address)
  return recording.view(Date.now() + offset)
}

interface Page {
  readonly services: ReadonlyArray<Status>
  readonly next?: string
}

/** The answer itself is enough here, so nothing else is asked for. */
const statusAsJson = async (address: Address, names: ReadonlyArray<string>): Promise<ExitCode> => {
  const filter = names.map((name) => `&name=${encodeURIComponent(name)}`).join("")
  const services: Array<Status> = []
  for (let cursor: string | undefined = ""; cursor !== undefined;) {
    const page: Both<Page> = await readBoth(
      address,
      `/services?limit=10000${filter}${cursor}`
    )
    writeJson(page.text)
    services.push(...page.data.services)
    cursor = page.data.next === undefined ? undefined : `&cursor=${encoded(page.data.next)}`
  }
  chosen(services.map((status) => ({ path: status.name })), names)
  const specs = await specsFor(address, services)
  return codeOf(services.map((status) => [status, specs.get(status.name)?.readiness]), names)
}

/** Whether a service counts that begins once more depends on how it is supervised. */
const specsFor = async (
  address: Address,
  services: ReadonlyArray<Status>
): Promise<ReadonlyMap<string, ServiceSpec>> => {
  if (!services.some(({ _tag, restarts }) => _tag === "Starting" && restarts > 0)) return new Map()
  type Answer = { readonly nodes: ReadonlyArray<{ readonly name: string; readonly spec?: ServiceSpec }> }
  const { nodes } = await readJson<Answer>(address, "/graph")
  return new Map(nodes.flatMap(({ name, spec }) => spec === undefined ? [] : [[name, spec]]))
}

/** Nothing was found of these: perhaps a name is misspelt. */
export const mustExist = async (address: Address, names: ReadonlyArray<string>): Promise<void> => {
  for (const name of names) {
    const { total } = await readJson<{ readonly total: number }>(
      address,
      `/services?limit=1&name=${encodeURIComponent(name)}`
    )
    if (total === 0) throw new Failed(exitCodes.unknown, `there is no service ${inLine(name)}`)
  }
}

/** Those of these names and patterns, each once; all, if there are none. Each name and pattern has to stand for somebody. */
export const chosen = <One extends { readonly path: string }>(
  all: ReadonlyArray<One>,
  names: ReadonlyArray<string>
): ReadonlyArray<One> => {
  const missing = names.find((name) => {
    const isIt = matches([name])
    return !all.some(({ path }) => isIt(path))
  })
  if (missing !== undefined) throw new Failed(exitCodes.unknown, `there is no service ${inLine(missing)}`)
  const isChosen = matches(names)
  return names.length === 0 ? all : all.filter(({ path }) => isChosen(path))
}

/** Who is asked for by name has to be up. Of the others, those count that somebody wants up. */
const codeOf = (
  services: ReadonlyArray<readonly [Status, ServiceSpec["readiness"] | undefined]>,
  names: ReadonlyArray<string>
): ExitCode => {
  const asked = new Set(names)
  const isDown = services.some(([status, readiness = "manual"]) => {
    const health = healthOf(status, readiness)
    return health === "NotReady" || (health === "NotCounted" && asked.has(status.name))
  })
  return isDown ? exitCodes.notUp : exitCodes.done
}
