/** What the threads of a pool do. */
import { work } from "./work.ts"

export default (job: string) => work(job)
