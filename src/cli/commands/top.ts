/**
 * `top`: a governor on the screen, as it is and as it was.
 */
import { inLine } from "../../operations/inWords.ts"
import type { Plan } from "../../operations/plan.ts"
import { type Address, ask, readJson, refusalIn } from "../client.ts"
import { type ExitCode, exitCodes, Failed } from "../exitCodes.ts"
import { follow, type Heard } from "../following.ts"
import { incidentIn } from "../incident.ts"
import { complain, paperFor } from "../output.ts"
import type { Message } from "../top/state.ts"
import { type Ask, type Source, Top } from "../top/Top.ts"
import { clusterAsker } from "./cluster.ts"
import { view } from "./recorded.ts"
import { status } from "./status.ts"

/** Whether there is a screen to draw on, and somebody at the keys. */
const isTerminal = (): boolean => process.stdout.isTTY && process.stdin.isTTY && process.env["TERM"] !== "dumb"

const isColoured = (): boolean => paperFor(process.stdout, process.env).isColoured

export const top = async (address: Address): Promise<ExitCode> => {
  if (!isTerminal()) {
    complain("top needs a terminal; this is how it is now")
    return status(address, { json: false, names: [] })
  }
  const over = new AbortController()
  let shown: Top | undefined
  let source: Source | undefined
  const askCluster = clusterAsker(address, over.signal, (cluster) => shown?.tell({ _tag: "Clustered", cluster }))
  for await (const heard of follow(address, over.signal)) {
    source = heard._tag === "Began" ? heard.incident : source
    if (source === undefined) continue
    if (shown === undefined) {
      shown = new Top(source, { _tag: "Live" }, {
        ask: askOf(address),
        mayAct: address.token !== undefined,
        isColoured: isColoured()
      })
      void shown.over.then(() => over.abort())
    } else tell(shown, source, heard)
    if (heard._tag === "Began") askCluster()
  }
  return exitCodes.done
}

const tell = (shown: Top, source: Source, heard: Heard): void => {
  switch (heard._tag) {
    case "Began":
    case "Events":
      return shown.heard(source)
    case "Back":
      return shown.tell({ _tag: "Linked", link: { _tag: "Live" } })
    case "Lost":
      return shown.lost(heard.why)
    case "Ended":
      return shown.tell({ _tag: "Linked", link: { _tag: "Ended", since: source.recording.events.at(-1)?.time ?? 0 } })
  }
}

const refuse: Ask = () => Promise.resolve({ _tag: "Noted", note: "this is a file: nothing can be done any more" })

/** An incident that was saved, event by event. */
export const topOf = async (file: string): Promise<ExitCode> => {
  if (!isTerminal()) {
    complain("top needs a terminal; this is how it was at the end")
    return view({ file, at: undefined, why: undefined })
  }
  const { recording } = await incidentIn(file)
  const options = { ask: refuse, mayAct: false, isColoured: isColoured() }
  await new Top({ recording, offset: undefined }, { _tag: "File", file }, options).over
  return exitCodes.done
}

/** How long a command may take before it is said that it is under way, in seconds. */
const wait = 10

const askOf = (address: Address): Ask => async (effect): Promise<Message> => {
  const { act, path } = effect
  try {
    const target = `/services/${encodeURIComponent(path)}/${act}`
    if (effect._tag === "Plan") {
      const { plan } = await readJson<{ readonly plan: Plan }>(address, `${target}?dryRun`, { method: "POST" })
      return { _tag: "Planned", path, plan }
    }
    // Not for another run than the one on the screen: somebody else may have restarted it meanwhile.
    const headers = { "if-match": `"${effect.run}"` }
    const answer = await ask(address, `${target}?wait=${wait}s`, {
      method: "POST",
      headers,
      patience: (wait + 5) * 1000
    })
    if (answer.status !== 200 && answer.status !== 202) throw refusalIn(address, answer)
    return {
      _tag: "Noted",
      note: `${act} ${inLine(path)}: ${answer.status === 200 ? "done" : `not done after ${wait} s`}`
    }
  } catch (error) {
    return { _tag: "Noted", note: error instanceof Failed ? error.sentence : String(error) }
  }
}
