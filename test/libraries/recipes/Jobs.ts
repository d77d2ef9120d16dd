/** Jobs that callbacks begin. A service waits for them before it closes what they need. */
export class Jobs {
  readonly #running = new Set<Promise<void>>()
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  begin(job: () => Promise<unknown>): void {
    const settled = job().then(() => {}, this.#failed).then(() => {
      this.#running.delete(settled)
    })
    this.#running.add(settled)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }
}
