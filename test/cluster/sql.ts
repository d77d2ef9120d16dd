/** What tests need of PostgreSQL. */
import { inject } from "vitest"
import { makeSchema } from "./schema.ts"

export { clientOf } from "./schema.ts"

/** Makes a schema, empty even if there was one of that name. The url is for those who are to work in it. */
export const freshSchema = (name: string, database = inject("database")): Promise<string> => makeSchema(name, database)
