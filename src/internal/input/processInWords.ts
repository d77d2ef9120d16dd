/**
 * What is known of a process or a thread, in words.
 */
import type { ProcessStatus } from "../../GovernorEvent.ts"

/** `process 4711, 62 MiB, ended by SIGKILL`. */
export const processInWords = (process: ProcessStatus): string => {
  const { code, memory, pid, signal, thread } = process
  const which = pid === undefined ? `thread ${thread}` : `process ${pid}`
  const size = memory === undefined ? "" : `, ${bytesInWords(memory)}`
  return code === undefined && signal === undefined ? which + size : `${which}${size}, ended ${endInWords(process)}`
}

/** `with code 1`, `by SIGKILL`. */
export const endInWords = (
  { code, signal }: { readonly code?: number | null; readonly signal?: string | null }
): string => typeof signal === "string" ? `by ${signal}` : `with code ${code ?? "unknown"}`

/** Three digits, as a person reads them: `4.88 MiB`. One unit, because that is how limits are given. */
export const bytesInWords = (bytes: number): string => `${Number((bytes / 2 ** 20).toPrecision(3))} MiB`
