/**
 * A service that is a governor itself.
 */
import type { Service } from "../ServiceApi.ts"

/** A class, to be told from what users make: it says itself when it is ready. */
export class Nested {
  readonly create: () => Service

  constructor(create: () => Service) {
    this.create = create
  }
}
