/** What a list of all services takes: in all, and in one turn of the event loop. */
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { freePort } from "../../examples/cluster/freePort.ts"
import { operations } from "../../src/http/index.ts"
import { startSeen } from "../peers/governor.ts"
import { median } from "../statistics.ts"
import type { Figures } from "../workloads/Workload.ts"
import { askedWell, longestStretch, processor } from "./asking.ts"

const ofGovernor = async (count: number, times: number): Promise<Figures> => {
  let listening: Promise<{ readonly url: string }> | undefined
  await startSeen(
    { count, delay: 0, work: { then: "wait", begin: () => {}, ended: () => {} } },
    (governor) => void (listening = operations(governor).listen())
  )
  const { url } = await listening!
  const all = `${url}/services?limit=10000`
  const answers = (url: string, times: number, headers: Readonly<Record<string, string>> = {}, status = 200) =>
    askedWell({ _tag: "Ask", url, times, headers }, status)

  await answers(all, times) // warm
  let etag = ""
  let wall: ReadonlyArray<number> = []
  const taken = await processor(async () => ({ etag, millis: wall } = await answers(all, times)))
  const unchanged = await answers(all, 10 * times, { "if-none-match": etag }, 304)
  const stretches = []
  for (let i = 0; i < times; i++) stretches.push(await longestStretch(() => answers(all, 1)))
  const page = await answers(`${url}/services?limit=200`, times)
  const people: Record<string, number> = {}
  for (const path of ["why", "readyz?verbose", "graph"]) {
    await answers(`${url}/${path}`, times)
    const stretches = []
    for (let i = 0; i < times; i++) stretches.push((await longestStretch(() => answers(`${url}/${path}`, 1))).cpu)
    people[`/${path}: longest stretch, CPU ms`] = median(stretches)
  }
  return {
    "all, ms": median(wall),
    "all, CPU ms": taken / times,
    "all: longest stretch, ms": median(stretches.map(({ wall }) => wall)),
    "all: longest stretch, CPU ms": median(stretches.map(({ cpu }) => cpu)),
    "first 200, ms": median(page.millis),
    "unchanged, ms": median(unchanged.millis),
    ...people
  }
}

// --- supervisord, which is a process of its own ---

const ticks = () => Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))

/** What a process has taken of the processor, in milliseconds. Linux says so. */
const taken = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")
  return 1000 * (Number(fields[11]) + Number(fields[12])) / ticks()
}

const settings = (folder: string, count: number, port: number) =>
  `[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=${join(folder, "pid")}
[inet_http_server]
port=127.0.0.1:${port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:service]
command=/bin/cat
process_name=%(program_name)s_%(process_num)05d
numprocs=${count}
autostart=false
`

/** Its services do not run: to start a process for each takes longer than all the rest. */
const ofSupervisord = async (count: number, times: number): Promise<Figures> => {
  const folder = mkdtempSync(join(tmpdir(), "supervisord-"))
  const file = join(folder, "supervisord.conf")
  const port = await freePort()
  writeFileSync(file, settings(folder, count, port))
  const program = spawn("supervisord", ["-c", file], { stdio: "ignore" })
  process.once("exit", () => program.kill("SIGKILL"))
  const url = `http://127.0.0.1:${port}/RPC2`
  const call = (method: string) =>
    `<?xml version="1.0"?><methodCall><methodName>supervisor.${method}</methodName><params></params></methodCall>`
  // It answers with 404 before it knows this path.
  const headers = { "content-type": "text/xml" }
  const isUp = () => fetch(url, { method: "POST", headers, body: call("getState") }).then(({ ok }) => ok, () => false)
  while (!(await isUp())) await setTimeout(50)

  const answers = (method: string, times: number) =>
    askedWell({ _tag: "Ask", url, times, body: call(method), headers }, 200)
  await answers("getAllProcessInfo", 1)
  const before = taken(program.pid!)
  const { millis } = await answers("getAllProcessInfo", times)
  const all = taken(program.pid!) - before
  program.kill("SIGKILL")
  return { "all, ms": median(millis), "all, CPU ms": all / times }
}

export const measureServices = (peer: string, count: number, times: number): Promise<Figures> =>
  peer === "supervisord" ? ofSupervisord(count, Math.min(times, 5)) : ofGovernor(count, times)
