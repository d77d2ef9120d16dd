/** How a recipe is tried: the server that the recipe needs, and the work that its program has to finish. */
export interface Trial {
  readonly server?: ServerName
  /** Makes in the server what the program expects there. */
  readonly prepare?: (url: string) => Promise<unknown>
  /**
   * Gives the program a piece of work. The result is called when the program has left, and throws if the work was lost.
   * Without it, the program finds its work itself.
   */
  readonly send?: (at: At) => Promise<() => unknown>
  /** Nobody waits for the end of the work: the program breaks it off, or has none. */
  readonly isCut?: true
  /** The server keeps no work for a program that is away: send again until the program has the work. */
  readonly isForgetful?: true
  /**
   * When its server goes away the run crashes, and the end of the run waits for the work. If the program leaves meanwhile,
   * the crash counts as a failure of its stop.
   */
  readonly closesWithError?: boolean
  /**
   * When its server dies at the wrong moment, a timer of the library holds the process after the report, until the time of
   * the shutdown is over.
   */
  readonly lingers?: true
  /** The program notices that its server does not answer any more, and leaves nevertheless. */
  readonly noticesSilence?: true
  /** The program is a server, which has to wait while its port is taken. */
  readonly listens?: true
}

export type ServerName = "redis" | "postgresql" | "mosquitto" | "nats" | "rabbitmq" | "http"

/** Where the server is, the port at which the program itself listens, and the folder that the program watches. */
interface At {
  readonly url: string
  readonly port: number
  readonly folder: string
}
