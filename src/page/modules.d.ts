/** The styles are put into the page by its build. */
declare module "*.css"

/** What the build of the page writes. */
declare module "#page" {
  export const html: string
  /** What the page may load and ask: its `content-security-policy`. */
  export const policy: string
}
