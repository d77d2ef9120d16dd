/**
 * Where the services of a small graph are drawn: in layers, so that each service is above those that it needs. Pure. The places
 * follow from the names and the edges alone, so nothing moves when only states change.
 */
import { inTurn } from "../operations/inTurn.ts"

interface Edge {
  readonly from: string
  readonly to: string
}

/** The place of a service. The first layer is 0, and each is one below the other. */
interface Place {
  readonly name: string
  readonly layer: number
  /** From the left, in widths of a place. */
  readonly x: number
}

interface Layout {
  readonly places: ReadonlyMap<string, Place>
  readonly layers: number
  /** How many places the longest layer has. */
  readonly columns: number
}

/** `worker-2` is before `worker-10`. */
const collator = new Intl.Collator("en", { numeric: true })

/** How often the layers are put in order again, down and up. */
const sweeps = 8

/** A layer that has more than `widest` services goes on in the next line. */
export const layoutOf = (names: ReadonlyArray<string>, edges: ReadonlyArray<Edge>, widest: number): Layout => {
  const known = new Set(names)
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to))
  const above = groups(drawn, ({ to }) => to, ({ from }) => from)
  const below = groups(drawn, ({ from }) => from, ({ to }) => to)
  const layers = inOrder(layersOf(names, above, below), above, below).flatMap((layer) => lines(layer, widest))
  const columns = layers.reduce((longest, { length }) => Math.max(longest, length), 1)
  const layerOf = new Map(layers.flatMap((line, layer) => line.map((name) => [name, layer])))
  const isFar = drawn.some(({ from, to }) => layerOf.get(to)! - layerOf.get(from)! !== 1)
  const places = new Map<string, Place>()
  for (const [layer, line] of layers.entries()) {
    // Each layer stands in the middle. A line that passes by a layer needs a way between its places, so these are in columns then.
    const left = (columns - line.length) / 2
    for (const [i, name] of line.entries()) places.set(name, { name, layer, x: i + (isFar ? Math.floor(left) : left) })
  }
  return { places, layers: layers.length, columns }
}

type Neighbours = ReadonlyMap<string, ReadonlyArray<string>>

const groups = (edges: ReadonlyArray<Edge>, key: (edge: Edge) => string, value: (edge: Edge) => string): Neighbours => {
  const all = new Map<string, Array<string>>()
  for (const edge of edges) {
    const group = all.get(key(edge))
    if (group === undefined) all.set(key(edge), [value(edge)])
    else group.push(value(edge))
  }
  return all
}

const of = (neighbours: Neighbours, name: string): ReadonlyArray<string> => neighbours.get(name) ?? []

/**
 * The layer of a service is the length of the longest way down to it. A circle has no top: its first service begins. Who needs
 * others only stands right above the uppermost of these.
 */
const layersOf = (
  names: ReadonlyArray<string>,
  above: Neighbours,
  below: Neighbours
): ReadonlyArray<ReadonlyArray<string>> => {
  const depth = new Map(inTurn(names, (name) => of(below, name), () => 1).begins)
  for (const name of names) {
    if (of(above, name).length > 0 || of(below, name).length === 0) continue
    depth.set(name, Math.max(0, Math.min(...of(below, name).map((one) => depth.get(one)!)) - 1))
  }
  const layers: Array<Array<string>> = []
  for (const name of names.toSorted(collator.compare)) (layers[depth.get(name)!] ??= []).push(name)
  return Object.values(layers)
}

/** Puts each service near the middle of its neighbours, layer by layer, down and up: so few lines cross. */
const inOrder = (
  layers: ReadonlyArray<ReadonlyArray<string>>,
  above: Neighbours,
  below: Neighbours
): ReadonlyArray<ReadonlyArray<string>> => {
  let all = layers
  let best = all
  let fewest = crossings(all, below)
  for (let i = 0; i < sweeps && fewest > 0; i++) {
    const isDown = i % 2 === 0
    all = sorted(isDown ? all : all.toReversed(), isDown ? above : below, i % 4 > 1)
    if (!isDown) all = all.toReversed()
    const count = crossings(all, below)
    if (count < fewest) [best, fewest] = [all, count]
  }
  return best
}

/** Each layer by the middle of the neighbours in the layers before. Where these are equal, the other way round if that is asked for. */
const sorted = (
  layers: ReadonlyArray<ReadonlyArray<string>>,
  neighbours: Neighbours,
  isTurned: boolean
): ReadonlyArray<ReadonlyArray<string>> => {
  const at = new Map<string, number>()
  return layers.map((layer) => {
    const middle = new Map(layer.map((name, i) => {
      const places = of(neighbours, name).flatMap((one) => at.get(one) ?? [])
      const own = (i + 0.5) / layer.length
      return [name, places.length === 0 ? own : places.reduce((sum, one) => sum + one, 0) / places.length]
    }))
    const next = (isTurned ? layer.toReversed() : layer).toSorted((a, b) => middle.get(a)! - middle.get(b)!)
    for (const [i, name] of next.entries()) at.set(name, (i + 0.5) / next.length)
    return next
  })
}

/** How many lines cross that begin in the same layer. */
const crossings = (layers: ReadonlyArray<ReadonlyArray<string>>, below: Neighbours): number => {
  const at = new Map(layers.flatMap((layer) => layer.map((name, i) => [name, (i + 0.5) / layer.length] as const)))
  let count = 0
  for (const layer of layers) {
    const ends = layer.flatMap((name) => of(below, name).map((to) => at.get(to)!).toSorted((a, b) => a - b))
    const before: Array<number> = []
    for (const end of ends) {
      const i = placeIn(before, end)
      count += before.length - i
      before.splice(i, 0, end)
    }
  }
  return count
}

/** Behind all that are not larger. */
const placeIn = (sorted: ReadonlyArray<number>, value: number): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}

const lines = (layer: ReadonlyArray<string>, widest: number): ReadonlyArray<ReadonlyArray<string>> => {
  const count = Math.ceil(layer.length / widest)
  const length = Math.ceil(layer.length / count)
  return Array.from({ length: count }, (_, i) => layer.slice(i * length, (i + 1) * length))
}
