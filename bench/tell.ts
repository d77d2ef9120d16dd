/** Says where a measurement is, on a terminal alone. */
export const tell = (what: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${what}`)
}
