/**
 * The metrics of the process, as Prometheus reads them. Effect formats them.
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Desk } from "./Desk.ts"
import { type Answer, pieces } from "./exchange.ts"

/** How many series are formatted in one stretch. */
const atOnce = 500

export const metrics = async ({ sight }: Desk): Promise<Answer> => {
  const { formatUnsafe } = await import("effect/observability/PrometheusMetrics")
  const registry = Context.get(sight.context, Metric.MetricRegistry)
  return pieces("text/plain; version=0.0.4; charset=utf-8", format(registry, formatUnsafe))
}

type Format = (context: Context.Context<never>) => string

/**
 * A part of the registry at a time, because all of it would hold up everybody else. The series of one name come together, and
 * what they are is said once.
 */
async function* format(registry: Metric.MetricRegistry, formatUnsafe: Format): AsyncGenerator<string> {
  const told = new Set<string>()
  for (const part of parts(registry)) {
    const text = formatUnsafe(Context.make(Metric.MetricRegistry, part))
    yield text.replaceAll(/^# (?:HELP|TYPE) .*\n/gm, (line) => told.has(line) ? "" : (told.add(line), line))
  }
}

function* parts(registry: Metric.MetricRegistry): Generator<Metric.MetricRegistry> {
  const byName = new Map<string, Array<[string, Metric.Metric.Metadata<unknown, unknown>]>>()
  for (const entry of registry) {
    const series = byName.get(entry[1].id)
    if (series === undefined) byName.set(entry[1].id, [entry])
    else series.push(entry)
  }
  let part: Metric.MetricRegistry = new Map()
  for (const series of byName.values()) {
    for (const [key, one] of series) {
      part.set(key, one)
      if (part.size < atOnce) continue
      yield part
      part = new Map()
    }
  }
  yield part
}
