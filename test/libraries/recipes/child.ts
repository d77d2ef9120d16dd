/** A program that does its work before it leaves. */
import { work } from "./work.ts"

process.once("SIGTERM", () => {})
await work("child")
