/** The page is small, and brings all that it needs. */
import { gzipSync } from "node:zlib"
import { expect, it } from "vitest"

const { html, policy } = await import("#page")

it("takes 45 kB at the most on its way", () => {
  expect(gzipSync(html).length).toBeLessThan(45_000)
})

it("loads nothing, and has nothing that its policy forbids", () => {
  // A namespace is a name, and no address.
  const addresses = html.replaceAll(/http:\/\/www\.w3\.org\/\w+\/\w+(\/\w+)?/g, "").match(/(https?:)?\/\/[\w.-]+\.\w+/g)
  expect(addresses ?? []).toEqual([])
  const [head = "", ...scripts] = html.split("<script")
  expect(scripts).toHaveLength(1)
  expect(head).not.toMatch(/ style=| on\w+=/)
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'/)
  expect(policy).not.toMatch(/unsafe/)
})
