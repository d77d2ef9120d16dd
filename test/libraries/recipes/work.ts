/** Stands for the work of a program: it takes a second and a half, and what asked for it waits for the answer. */
import { setTimeout } from "node:timers/promises"

export const work = async (job: unknown): Promise<string> => {
  console.log("begun:", job)
  await setTimeout(1500)
  console.log("done:", job)
  return `done: ${String(job)}`
}
