/**
 * Patterns that stand for the paths of services. Pure.
 */

/** More stars than these would take too many steps. */
export const mostStars = 3

export const hasStar = (pattern: string): boolean => pattern.includes("*")

export const starsIn = (pattern: string): number => pattern.split("*").length - 1

/** Tells whether a path is one of these, in which `*` stands for any text. */
export const matches = (patterns: ReadonlyArray<string>): (path: string) => boolean => {
  const exact = new Set(patterns)
  const globs = patterns.filter(hasStar).map(toRegExp)
  return (path) => exact.has(path) || globs.some((glob) => glob.test(path))
}

/** No two stars in a row, and no group: it takes no more steps than the text has letters for each star. */
const toRegExp = (glob: string): RegExp => {
  const escaped = glob.replaceAll(/\*+/g, "*").split("*").map((part) =>
    part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
  )
  return new RegExp(`^${escaped.join("[^]*?")}$`)
}
