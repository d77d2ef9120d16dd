/**
 * The services around one as a picture: who needs whom. The places follow from the services and their edges alone, so nothing
 * moves when only states change. The lists below the picture say the same in words.
 */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks"
import { type Graph, graphOf } from "../operations/graph.ts"
import { inLine, namesInWords } from "../operations/inWords.ts"
import type { Tree } from "../operations/Tree.ts"
import type { Status, View } from "../operations/View.ts"
import { layoutOf } from "./layout.ts"
import { linkTo, ServiceLink } from "./link.tsx"
import type { Panel } from "./panel.ts"
import { signs, State } from "./state.tsx"

/** The first picture has few services: those that are nearest. */
const few = 20

const [width, height, gapX, gapY, margin] = [132, 40, 12, 30, 4]

interface Props extends Pick<Panel, "view" | "onSelect"> {
  readonly tree: Tree
  readonly path: string
}

export const Neighbourhood = ({ onSelect, path, tree, view }: Props) => {
  const [isWhole, setWhole] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const columns = useColumns(frame)
  const { edges, nodes } = graphOf(view, path, tree)
  const names = nodes.slice(0, isWhole ? undefined : few).map(({ name }) => name)
  const structure = JSON.stringify([names, edges])
  const layout = useMemo(() => layoutOf(names, edges, columns), [structure, columns])
  const left = nodes.length - names.length
  useOwnPlace(frame, layout.places.get(path)?.x, columns)
  if (nodes.length < 2) return null
  const x = (at: number): number => margin + gapX + at * (width + gapX)
  const y = (layer: number): number => margin + layer * (height + gapY)
  const size = [x(layout.columns) + margin, y(layout.layers) - gapY + margin]
  const at = (name: string) => {
    const place = layout.places.get(name)
    return place && { x: x(place.x), y: y(place.layer) }
  }
  return (
    <div class="neighbourhood" ref={frame}>
      <svg width={size[0]} height={size[1]} role="group" aria-label={`Services around ${path}`}>
        <g aria-hidden="true">
          {edges.map(({ from, kind, to }) => {
            const [a, b] = [at(from), at(to)]
            const isOwn = from === path || to === path
            return a && b && (
              <path key={`${from} ${to} ${kind}`} class={isOwn ? `${kind} own` : kind} d={lineOf(a, b)} />
            )
          })}
        </g>
        {names.map((name) => {
          const place = at(name)
          return place && (
            <Box key={name} name={name} {...place} isChosen={name === path} view={view} onSelect={onSelect} />
          )
        })}
      </svg>
      <p class="quiet legend">
        A line goes down to what a service needs; blue with long dashes: it is bound to it; dotted: it is inside.
        {left > 0 && (
          <>
            {" "}
            <button type="button" class="plain" onClick={() => setWhole(true)}>{left} more around it</button>
          </>
        )}
      </p>
      <details>
        <summary>As a list</summary>
        <ul class="states">
          {names.map((name) => (
            <li key={name}>
              <ServiceLink path={name} onSelect={onSelect} /> <State of={stateOf(view, name)} />
              <span class="quiet">{needsInWords(name, edges)}</span>
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

const stateOf = (view: View, name: string): Status["_tag"] => view.services.get(name)?._tag ?? "Pending"

/** `needs database and cache; has reader inside`. */
const needsInWords = (name: string, edges: Graph["edges"]): string => {
  const below = (isInside: boolean) =>
    edges.filter(({ from, kind }) => from === name && (kind === "inside") === isInside).map(({ to }) => to)
  const [needs, inside] = [below(false), below(true)]
  return [
    ...(needs.length > 0 ? [`needs ${namesInWords(needs)}`] : []),
    ...(inside.length > 0 ? [`has ${namesInWords(inside)} inside`] : [])
  ].join("; ")
}

/** How many services fit beside each other. */
const useColumns = (frame: { readonly current: HTMLDivElement | null }): number => {
  const [columns, setColumns] = useState(4)
  useLayoutEffect(() => {
    if (frame.current === null) return
    const observer = new ResizeObserver(([entry]) =>
      setColumns(Math.max(2, Math.floor(((entry?.contentRect.width ?? 600) - 2 * margin - gapX) / (width + gapX))))
    )
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame.current])
  return columns
}

/** A picture that is wider than its place is scrolled to the service itself. */
const useOwnPlace = (
  frame: { readonly current: HTMLDivElement | null },
  own: number | undefined,
  columns: number
): void =>
  useLayoutEffect(() => {
    const { current } = frame
    if (current === null || own === undefined) return
    current.scrollLeft = margin + gapX + own * (width + gapX) + (width - current.clientWidth) / 2
  }, [frame.current, own, columns])

interface Point {
  readonly x: number
  readonly y: number
}

/**
 * From the lower edge of one to the upper edge of the other. A line that passes by other layers goes down between their places,
 * beside the first.
 */
const lineOf = (a: Point, b: Point): string => {
  const [x1, y1, x2, y2] = [a.x + width / 2, a.y + height, b.x + width / 2, b.y]
  const isNext = y2 - y1 === gapY
  const bend = gapY / 2
  if (isNext) return `M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`
  const way = b.x < a.x ? a.x - gapX / 2 : a.x + width + gapX / 2
  return `M${x1},${y1} C${x1},${y1 + bend} ${way},${y1} ${way},${y1 + bend} V${y2 - bend} C${way},${y2} ${x2},${
    y2 - bend
  } ${x2},${y2}`
}

interface BoxProps extends Point {
  readonly name: string
  readonly isChosen: boolean
  readonly view: View
  readonly onSelect: (path: string) => void
}

const Box = ({ isChosen, name, onSelect, view, x, y }: BoxProps) => {
  const state = stateOf(view, name)
  return (
    <a
      {...linkTo(name, onSelect)}
      class={isChosen ? `box chosen ${state}` : `box ${state}`}
      aria-label={`${name}, ${state}`}
      aria-current={isChosen ? "true" : undefined}
    >
      <title>{name}</title>
      <rect x={x} y={y} width={width} height={height} rx={4} />
      <text class="name" x={x + 8} y={y + 16}>{shortOf(name)}</text>
      <text class="state" x={x + 8} y={y + 32}>{signs[state]} {state}</text>
    </a>
  )
}

/** The end of a path says more than its beginning. */
const shortOf = (name: string): string => {
  const line = inLine(name, 200)
  return line.length <= 18 ? line : `…${line.slice(-17)}`
}
