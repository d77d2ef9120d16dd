/**
 * The tokens that somebody has said. They are kept as long as the tab, and are never in the address.
 */

export interface Token {
  readonly get: () => string | undefined
  readonly set: (token: string) => void
  readonly forget: () => void
}

export const tokenIn = (storage: Storage, name: "read" | "control"): Token => ({
  get: () => storage.getItem(`governor.${name}`) ?? undefined,
  set: (token) => storage.setItem(`governor.${name}`, token),
  forget: () => storage.removeItem(`governor.${name}`)
})
