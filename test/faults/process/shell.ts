/** What a run of a shell does to itself, as its script. Pure. */
import { lineOf, type Part } from "./acting.ts"
import type { Fault } from "./plan.ts"

export const scriptOf = ({ deed: { after, fault }, file, service }: Part, run: number): string => {
  const row = `{"_tag":"%s","service":"${service}","run":${run},"pid":%s,"at":%s,"fault":"${fault._tag}"}\\n`
  return [
    `say() { printf '${row}' "$1" $$ "$(date +%s%3N)" >> '${file}'; }`,
    "say Began",
    `sleep ${after / 1000}`,
    ...commit(fault)
  ].join("\n")
}

const wait = "while :; do sleep 0.05; done"

const commit = (fault: Fault): ReadonlyArray<string> => {
  switch (fault._tag) {
    case "Waits":
      return [wait]
    case "Deaf":
      return ["trap '' TERM HUP INT", "say Deaf", wait]
    case "Completes":
      return ["say Does"]
    case "Exits":
      return ["say Does", `exit ${fault.code}`]
    case "Killed":
      return ["say Does", `kill -${fault.signal.slice("SIG".length)} $$`]
    case "Floods":
      return [
        "say Does",
        `i=0; while [ $i -lt ${fault.lines} ]; do echo "${lineOf(0).replace("0", "$i")}"; i=$((i + 1)); done`,
        `exit ${fault.code}`
      ]
    case "Closes":
      return ["exec 1>&- 2>&-", "sleep 0.1", "say Does", `exit ${fault.code}`]
    case "Leaves":
      return [
        ...(fault.isDeaf ? ["trap '' TERM", `(${wait}) &`, "trap - TERM", "say Deaf"] : ["sleep 1000 &"]),
        "say Does",
        `exit ${fault.code}`
      ]
    default:
      throw new Error(`a shell cannot do this: ${fault._tag}`)
  }
}
