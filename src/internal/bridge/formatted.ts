/**
 * The text of a log line of a plain TypeScript service.
 */

/** Formats as `node:util` does. Where there is no Node, joins the parts with spaces. */
export const formatted = (format: unknown, args: ReadonlyArray<unknown>): string => {
  try {
    const util = globalThis.process?.getBuiltinModule?.("node:util")
    return util ? util.format(format, ...args) : [format, ...args].map(String).join(" ")
  } catch {
    return "(a value that cannot be printed)"
  }
}
