/**
 * What somebody looks at, as the part of the address behind the `#`: a link shows the same to others. Pure.
 */
import type { Status } from "../operations/View.ts"
import { states } from "../ServiceStatus.ts"

/** `tree`: as the services were added, those inside a governor below it. */
const sorts = ["tree", "name", "state", "since", "runs", "crashes", "restarts"] as const
export type Sort = (typeof sorts)[number]

/** A moment of one process: the numbers of another process count other events. */
export interface Moment {
  readonly epoch: string
  readonly sequence: number
}

export interface Wish {
  readonly search: string
  /** Those that are shown; none: all. */
  readonly states: ReadonlySet<Status["_tag"]>
  readonly sort: Sort
  readonly isDown: boolean
  /** The path of the selected service. */
  readonly service: string | undefined
  /** Undefined: what is now. */
  readonly at: Moment | undefined
}

export const noWish: Wish = {
  search: "",
  states: new Set(),
  sort: "tree",
  isDown: false,
  service: undefined,
  at: undefined
}

/** Nobody types a longer search: to look for each word of it in all names would take the page long. */
const longest = 500

export const wishOf = (hash: string): Wish => {
  const query = new URLSearchParams(hash.replace(/^#/, ""))
  const [sort = "", direction] = (query.get("sort") ?? "").split("-")
  const named = new Set(query.get("state")?.split(","))
  return {
    search: (query.get("q") ?? "").slice(0, longest),
    states: new Set(states.filter((state) => named.has(state))),
    sort: sorts.find((one) => one === sort) ?? "tree",
    isDown: direction === "down",
    service: query.get("service") || undefined,
    at: momentOf(query.get("at") ?? "")
  }
}

const momentOf = (text: string): Moment | undefined => {
  const [, epoch, sequence] = /^([0-9a-f]+)-(\d{1,15})$/.exec(text) ?? []
  return epoch === undefined ? undefined : { epoch, sequence: Number(sequence) }
}

/** What is as usual is left out. */
export const hashOf = ({ at, isDown, search, service, sort, states }: Wish): string => {
  const query = new URLSearchParams()
  if (search !== "") query.set("q", search)
  if (states.size > 0) query.set("state", Array.from(states).join(","))
  if (sort !== "tree" || isDown) query.set("sort", isDown ? `${sort}-down` : sort)
  if (service !== undefined) query.set("service", service)
  if (at !== undefined) query.set("at", `${at.epoch}-${at.sequence}`)
  // A path and a list stay legible.
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",")
  return text === "" ? "" : `#${text}`
}
