/** What is measured, of every peer that can do it. */
import type { Engine } from "../peers/Engine.ts"

/** How much of it. */
export interface Size {
  /** Of services. */
  readonly count: number
  /** How long to look, where figures come from looking for a while. */
  readonly millis: number
}

/** By name, with the unit in it. A figure that cannot be had is not there. */
export type Figures = Readonly<Record<string, number>>

export interface Workload {
  /** What it is, in a few words. */
  readonly title: string
  /** How many services are measured; a workload of one or a hundred takes no other number. */
  readonly counts: ReadonlyArray<number>
  /** The same, if it must not take long. */
  readonly quick: ReadonlyArray<number>
  /** Which peers, if not all. */
  readonly peers?: ReadonlyArray<string>
  /** How long a process may take, in milliseconds, if that is not five minutes. */
  readonly timeout?: number
  /** Throws when a count is wrong. */
  readonly measure: (engine: Engine, size: Size) => Promise<Figures>
}

/** Whether the name of a workload says how many services it has: one, or a hundred. */
export const isNamed = (count: number): boolean => count === 1 || count === 100

/** What comes between the last run and whoever looks whether there is another. */
export const settle = 30
