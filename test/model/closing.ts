/** A layer closes: its service is removed, and those that build on it are stopped before. */
import { above, buildsOn } from "./dependencies.ts"
import { goesDownWith } from "./groups.ts"
import { expire, leave } from "./stops.ts"
import { type Closing, judgeAfter, type Service, type World } from "./world.ts"

/** What has no run is removed at once; whoever has one has a turn. Once a shutdown has begun it stays: the report has it. */
export const close = (world: World, service: Service): void => {
  if (service.isRemoved || world.phase !== "open") return
  service.isClosing = true
  const members = [...above(world, service), service]
  if (service.run === undefined) leave(world, service, "remove", "gone")
  world.closings = [...world.closings, { order: world.formed++, head: service, members, left: placesOf(members) }]
}

/** All of it has the time of a shutdown. */
export const limit = (world: World, service: Service): void => {
  const { run } = service
  if (run === undefined || world.shutdownTimeout === undefined) return
  judgeAfter(world, world.shutdownTimeout, () => {
    if (service.run !== run) return
    expire(world, [...above(world, service), service], (one) => leave(world, one, "stop", "down"))
  })
}

/** Each waits for those directly above it that have a run, or wait themselves. The others have their turn at once. */
const placesOf = (members: ReadonlyArray<Service>): Closing["left"] => {
  const due = new Set(members.filter(({ run }) => run !== undefined))
  for (const service of due) {
    for (const other of members) if (buildsOn(service).includes(other.name)) due.add(other)
  }
  return new Map(members.map((service) => {
    const directly = Array.from(due).filter((other) => buildsOn(other).includes(service.name))
    return [service, { hadItsTurn: false, above: due.has(service) ? directly : [] }]
  }))
}

interface Due {
  readonly closing: Closing
  readonly service: Service
  readonly place: { hadItsTurn: boolean }
}

/** Who has its turn to end for a layer. */
export const endForLayer = (world: World, { closing, place, service }: Due): void => {
  place.hadItsTurn = true
  if (service === closing.head) endHead(world, service)
  else endOther(world, service)
}

/** All whose turn it is now. Who is down once it has had its turn is waited for no more. */
export const dueToClose = ({ closings }: World): ReadonlyArray<Due> =>
  closings.flatMap((closing) => {
    const { left } = closing
    for (const [service, { hadItsTurn }] of left) if (hadItsTurn && service.run === undefined) left.delete(service)
    return Array.from(left, ([service, place]) => ({ closing, service, place }))
      .filter(({ place }) => !place.hadItsTurn && !place.above.some((other) => left.has(other)))
  })

/** The closings in which its turn comes now, perhaps after that of others which have no run. */
const turnsOf = ({ closings }: World, service: Service): ReadonlyArray<Closing> =>
  closings.filter(({ left }) => {
    const isNext = (one: Service): boolean =>
      left.get(one)!.above.every((other) =>
        !left.has(other) || (other.run === undefined && (left.get(other)!.hadItsTurn || isNext(other)))
      )
    return left.get(service)?.hadItsTurn === false && isNext(service)
  })

/** Unless it is its turn in an older closing, too. */
export const goesDown = (world: World, service: Service): boolean => {
  const group = goesDownWith(world, service)
  return group !== undefined && !turnsOf(world, service).some(({ order }) => order < group.order)
}

/** Not removed any more once a shutdown has begun. */
const endHead = (world: World, service: Service): void =>
  world.phase === "open" ? leave(world, service, "remove", "gone") : leave(world, service, "stop", "down")

/** One that is on its way down may be on its way to be removed. */
const endOther = (world: World, service: Service): void => {
  if (service.wanted === "up") leave(world, service, "stop", "down")
}
