/**
 * The page for people. It is a shell: what it shows, it asks for as everybody else does.
 */
// The build writes the module, so there is nothing to import its types from.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../page/modules.d.ts" />
import { type Answer, text } from "./exchange.ts"

/** Loads the page when somebody asks first. */
export const page = async (): Promise<Answer> => {
  const { html, policy } = await import("#page")
  return text(200, html, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy })
}
