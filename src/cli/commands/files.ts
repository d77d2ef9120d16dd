/**
 * `unit` and `k8s`: files for process managers, from the numbers of a running governor.
 */
import { numbersAt } from "../budget.ts"
import type { Address } from "../client.ts"
import { type ExitCode, exitCodes } from "../exitCodes.ts"
import { manifest } from "../k8s.ts"
import { type Numbers } from "../numbers.ts"
import { write } from "../output.ts"
import { unit } from "../unit.ts"

export const printUnit = async (
  address: Address,
  { exec, name }: { readonly name: string | undefined; readonly exec: string | undefined }
): Promise<ExitCode> => {
  write(unit(await numbersFor(address, name), exec))
  return exitCodes.done
}

export const printManifest = async (
  address: Address,
  { image, name }: { readonly name: string | undefined; readonly image: string | undefined }
): Promise<ExitCode> => {
  write(manifest(await numbersFor(address, name), image))
  return exitCodes.done
}

const numbersFor = async (address: Address, name: string | undefined): Promise<Numbers> => {
  const numbers = await numbersAt(address)
  return { ...numbers, name: name ?? numbers.name, port: portOf(address) }
}

const usualPort = 9000

/** Behind a socket, the probes of Kubernetes have no port to ask; the usual one is printed. */
const portOf = (address: Address): number =>
  "url" in address && URL.canParse(address.url) ? Number(new URL(address.url).port || 80) : usualPort
