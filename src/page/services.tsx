/**
 * All services: a tree, or what a search and filters leave of it. Only the rows that can be seen are in the document.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { type ClusterStatus, placeInShort } from "../operations/inCluster.ts"
import { ageInSeconds, inShort } from "../operations/inShort.ts"
import { inLine } from "../operations/inWords.ts"
import type { Acts } from "./acts.ts"
import { type Sort, type Wish } from "./address.ts"
import { moved } from "./keys.ts"
import { isTree, type Row, shownOf } from "./rows.ts"
import type { Shown } from "./shown.ts"
import { State } from "./state.tsx"

/** As in `style.css`. */
const rowHeight = 30

interface Props {
  readonly shown: Shown
  readonly wish: Wish
  readonly acts: Acts
}

const columns: ReadonlyArray<
  { readonly name: string; readonly sort: Sort; readonly of: string; readonly title?: string }
> = [
  { name: "Service", sort: "name", of: "name" },
  { name: "State", sort: "state", of: "word" },
  { name: "For", sort: "since", of: "age" },
  { name: "What", sort: "tree", of: "what" },
  { name: "Runs", sort: "runs", of: "number runs" },
  { name: "Crashes", sort: "crashes", of: "number" },
  {
    name: "Restarts",
    sort: "restarts",
    of: "number restarts",
    title: "Restarts by the policy since the last start by hand. The service itself tells of those by hand."
  }
]

export const Services = ({ acts, shown: { cluster, rows, view }, wish }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const [{ height, scrolled }, look] = useState({ scrolled: 0, height: 600 })
  const measure = () => {
    const { clientHeight = 600, scrollTop = 0 } = box.current ?? {}
    look((now) =>
      now.scrolled === scrollTop && now.height === clientHeight ? now : { scrolled: scrollTop, height: clientHeight }
    )
  }
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure)
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])
  const { go, index: focused, mark } = useFocus(box, rows, wish.service)
  const { first, last } = shownOf(scrolled, height, rowHeight, rows.length)
  const drawn = Array.from({ length: last - first }, (_, i) => first + i)
  // A row with the focus stays, wherever it is, or the keyboard would lose its place.
  if (focused >= 0 && (focused < first || focused >= last)) drawn.push(focused)
  return (
    <div
      class="grid"
      role="treegrid"
      aria-label="Services"
      aria-rowcount={rows.length + 1}
      ref={box}
      onScroll={measure}
      onKeyDown={(event) => {
        if (event.target instanceof HTMLButtonElement) return
        const to = moved(event.key, Math.max(0, focused), rows, Math.floor(height / rowHeight) - 1)
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        if (to._tag === "Focus") go(to.index)
        else if (to._tag === "Fold") acts.fold(to.path, to.isFolded)
        else acts.select(to.path)
      }}
    >
      <Head wish={wish} acts={acts} />
      <div
        role={rows.length === 0 ? "presentation" : "rowgroup"}
        class="rows"
        style={{ height: `${rows.length * rowHeight}px` }}
      >
        {drawn.map((index) => (
          <Line
            key={rows[index]!.path}
            row={rows[index]!}
            seen={cluster?.services.get(rows[index]!.path)}
            index={index}
            now={view.now}
            isSelected={rows[index]!.path === wish.service}
            isFocused={index === Math.max(0, focused)}
            isTree={isTree(wish)}
            acts={acts}
            onFocus={mark}
          />
        ))}
      </div>
    </div>
  )
}

const Head = ({ acts, wish: { isDown, sort } }: Pick<Props, "wish" | "acts">) => (
  <div role="rowgroup" class="head">
    <div role="row" aria-rowindex={1}>
      {columns.map(({ name, of, sort: by, title }) => (
        <span
          key={name}
          role="columnheader"
          title={title}
          class={of}
          {...(sort === by && by !== "tree" &&
            { "aria-sort": isDown === (by === "name") ? "descending" : "ascending" })}
        >
          {by === "tree" ? name : (
            <button
              type="button"
              // the usual direction, the other one, and no order
              onClick={() =>
                acts.wish(
                  sort !== by
                    ? { sort: by, isDown: false }
                    : isDown
                    ? { sort: "tree", isDown: false }
                    : { isDown: true }
                )}
            >
              {name}
              <span aria-hidden="true">{sort === by ? (isDown ? " ↑" : " ↓") : ""}</span>
            </button>
          )}
        </span>
      ))}
    </div>
  </div>
)

const Line = (
  { acts, index, isFocused, isSelected, isTree, now, onFocus, row: { depth, isFolded, path, status }, seen }: {
    readonly row: Row
    /** Of a service of a cluster: what the cluster knows. */
    readonly seen: ClusterStatus | undefined
    readonly index: number
    readonly now: number
    readonly isSelected: boolean
    readonly isFocused: boolean
    readonly isTree: boolean
    readonly acts: Acts
    readonly onFocus: (path: string) => void
  }
) => {
  const what = [seen && placeInShort(seen, now), inShort(status, now)].filter(Boolean).join("; ")
  const name = isTree ? path.slice(path.lastIndexOf("/") + 1) : path
  return (
    <div
      role="row"
      data-path={path}
      data-state={status._tag}
      aria-rowindex={index + 2}
      aria-level={depth + 1}
      aria-selected={isSelected}
      {...(isFolded !== undefined && { "aria-expanded": !isFolded })}
      tabIndex={isFocused ? 0 : -1}
      style={{ transform: `translateY(${index * rowHeight}px)` }}
      onFocus={() => onFocus(path)}
      onClick={() => acts.select(path)}
    >
      <span role="gridcell" class="name" title={path}>
        <span class="indent" style={{ width: `${Math.min(depth, 12) * 14}px` }} />
        {isTree && (
          <span
            class="fold"
            aria-hidden="true"
            onClick={(event) => {
              if (isFolded === undefined) return
              event.stopPropagation()
              acts.fold(path, !isFolded)
            }}
          >
            {isFolded === undefined ? "" : isFolded ? "▸" : "▾"}
          </span>
        )}
        {inLine(name)}
      </span>
      <span role="gridcell" class="word">
        <State of={status._tag} />
      </span>
      <span role="gridcell" class="age">{ageInSeconds(status.since, now)}</span>
      <span role="gridcell" class="what" title={what}>{what}</span>
      <span role="gridcell" class="number runs">{status.run}</span>
      <span role="gridcell" class={status.crashes > 0 ? "number some" : "number"}>{status.crashes}</span>
      <span role="gridcell" class="number restarts">{status.restarts}</span>
    </div>
  )
}

interface Focus {
  /** -1: no row has had it. */
  readonly index: number
  readonly go: (to: number) => void
  /** Says that the row has it. */
  readonly mark: (path: string) => void
}

/** The row that has, or had, the focus: known by its path, because rows come and go. */
const useFocus = (
  box: { readonly current: HTMLDivElement | null },
  rows: ReadonlyArray<Row>,
  selected: string | undefined
): Focus => {
  const [path, setPath] = useState(selected)
  const wanted = useRef<{ readonly path: string; readonly isFocused: boolean }>(undefined)
  const want = (path: string | undefined, isFocused: boolean): void => {
    wanted.current = path === undefined ? undefined : { path, isFocused }
    setPath(path)
  }

  // A service that is selected elsewhere is shown here. One that is left again has the focus where nothing else has it.
  useLayoutEffect(() => {
    if (selected !== undefined) want(selected, false)
    else if (document.activeElement === document.body) want(path, true)
  }, [selected])

  // A row has to be drawn before it can have the focus.
  useLayoutEffect(() => {
    const { current } = wanted
    const to = current === undefined ? -1 : rows.findIndex((row) => row.path === current.path)
    if (box.current === null || to < 0) return
    scrollTo(box.current, to)
    const row = box.current.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)
    if (current!.isFocused) row?.focus({ preventScroll: true })
    if (row !== null) wanted.current = undefined
  })

  const index = path === undefined ? -1 : rows.findIndex((row) => row.path === path)
  return { index, go: (to) => want(rows[to]?.path, true), mark: setPath }
}

/** The head of the table covers the height of a row. */
const scrollTo = (box: HTMLElement, index: number): void => {
  const top = index * rowHeight
  if (top < box.scrollTop) box.scrollTop = top
  const bottom = top + 2 * rowHeight - box.clientHeight
  if (bottom > box.scrollTop) box.scrollTop = bottom
}
