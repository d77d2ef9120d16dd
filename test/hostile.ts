/** Something that can be thrown, and cannot be looked at. */
const refuse = (what: string) => () => {
  throw new Error(what)
}

export const hostile: object = new Proxy({}, {
  get: refuse("get"),
  has: refuse("has"),
  ownKeys: refuse("ownKeys"),
  getPrototypeOf: refuse("getPrototypeOf")
})
