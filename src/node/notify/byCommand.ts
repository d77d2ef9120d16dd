/**
 * Sends messages by the command `systemd-notify`, a process for each message.
 */
import { spawn, spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import type { Send } from "./Post.ts"

const command = "systemd-notify"

/** In milliseconds. */
const longestEnd = 1000

/** `sendLast` sends before it returns, for a process that ends. Undefined if the command is not on PATH, or must not be run. */
export const byCommand = (
  address: string
): { readonly send: Send; readonly sendLast: (text: string) => void } | undefined => {
  if (!mayRun(process)) return undefined
  const file = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command)).find(isExecutable)
  return file === undefined ? undefined : {
    send: (text, done) => run(file, text, address, done),
    sendLast: (text) => void spawnSync(file, argumentsOf(text), { ...optionsTo(address), timeout: longestEnd })
  }
}

/** Node has the permissions only if it runs with the permission model. */
const mayRun = ({ permission }: { readonly permission?: NodeJS.ProcessPermission | undefined }): boolean =>
  permission === undefined || permission.has("child")

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Without `--no-block` the command would wait until systemd has read the message. */
const argumentsOf = (text: string): ReadonlyArray<string> => ["--no-block", ...text.split("\n")]

const optionsTo = (address: string) => ({ env: { ...process.env, NOTIFY_SOCKET: address }, stdio: "ignore" }) as const

const run = (file: string, text: string, address: string, done: (error?: unknown) => void): void => {
  const child = spawn(file, argumentsOf(text), optionsTo(address))
  child.unref()
  child.once("error", done)
  child.once("exit", (code, signal) => {
    done(code === 0 ? undefined : new Error(`${command} ended with ${signal ?? `code ${code}`}`))
  })
}
