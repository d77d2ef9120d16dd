/**
 * The metrics of the process, as Prometheus reads them. Effect formats them.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Desk } from "./Desk.ts"
import { type Answer, pieces } from "./exchange.ts"

/** How many series are formatted in one stretch. */
const atOnce = 500

export const metrics = async ({ kept, sight }: Desk): Promise<Answer> => {
  const { formatUnsafe } = await import("effect/observability/PrometheusMetrics")
  return pieces("text/plain; version=0.0.4; charset=utf-8", format(sight.context, formatUnsafe, kept.beginnings))
}

type Format = (context: Context.Context<never>) => string

type Series = Metric.Metric.Metadata<unknown, unknown>

/** By the series: what stands before the number in its line, as Effect has formatted that. */
type Beginnings = WeakMap<Series, string>

/**
 * A part of the registry at a time, because all of it would hold up everybody else. The series of one name come together, and
 * what they are is said once.
 */
async function* format(
  context: Context.Context<never>,
  formatUnsafe: Format,
  beginnings: Beginnings
): AsyncGenerator<string> {
  const told = new Set<string>()
  const formatted = (series: ReadonlyArray<Series>) =>
    split(formatUnsafe(Context.add(context, Metric.MetricRegistry, new Map(series.map((one, i) => [String(i), one])))))
  for (const series of byName(Context.get(context, Metric.MetricRegistry))) {
    const { head } = formatted(series.slice(0, 1))
    yield head.filter((line) => !told.has(line)).join("")
    head.forEach((line) => told.add(line))
    for (let i = 0; i < series.length; i += atOnce) {
      const part = series.slice(i, i + atOnce)
      yield fromBeginnings(beginnings, part, context) ?? remembered(beginnings, part, formatted(part).lines)
    }
  }
}

const byName = (registry: Metric.MetricRegistry): Iterable<ReadonlyArray<Series>> => {
  const all = new Map<string, Array<Series>>()
  for (const one of registry.values()) {
    const series = all.get(one.id)
    if (series === undefined) all.set(one.id, [one])
    else series.push(one)
  }
  return all.values()
}

/** What Effect says of series of one name: what they are, and a line or more for each. */
const split = (text: string) => {
  let at = 0
  const head: Array<string> = []
  while (text.startsWith("# ", at)) {
    const end = text.indexOf("\n", at) + 1
    head.push(text.slice(at, end))
    at = end
  }
  return { head, lines: text.slice(at) }
}

/** Keeps the beginnings of series that have one line each. */
const remembered = (beginnings: Beginnings, part: ReadonlyArray<Series>, text: string): string => {
  if (!part.every(hasOneNumber)) return text
  const lines = text.split("\n")
  part.forEach((one, i) => beginnings.set(one, lines[i]!.slice(0, lines[i]!.lastIndexOf(" ") + 1)))
  return text
}

const hasOneNumber = ({ type }: Series): boolean => type === "Counter" || type === "Gauge"

/** Undefined: Effect has not formatted all of them before, or one has a number that is written in another way. */
const fromBeginnings = (
  beginnings: Beginnings,
  part: ReadonlyArray<Series>,
  context: Context.Context<never>
): string | undefined => {
  let text = ""
  for (const one of part) {
    const beginning = beginnings.get(one)
    if (beginning === undefined) return undefined
    const number = numberOf(one.hooks.get(context))
    if (typeof number === "number" && !Number.isFinite(number)) return undefined
    text += `${beginning}${number}\n`
  }
  return text
}

const numberOf = (state: unknown): number | bigint => {
  const { count, value } = state as { readonly count?: number | bigint; readonly value?: number | bigint }
  return count ?? value ?? Number.NaN
}
