import { describe, expect, it } from "vitest"
import type { GovernorEvent } from "../../src/index.ts"
import { isEnd, isOutcome, type Stage, type Story, tell, unborn } from "./history.ts"

/** Events in short: `"Starting 1"`; `"Paused 1"` is `ServiceUnready` of a run that goes on. */
const told = (events: string): Story | string => {
  let story = unborn
  for (const event of events.split(", ")) {
    const [name = "", run] = event.split(" ")
    const isPaused = name === "Paused"
    const named = isPaused ? "ServiceUnready" : /^(Restart|Late)/.test(name) ? name : `Service${name}`
    const next = tell(story, { _tag: named as GovernorEvent.ServiceEvent["_tag"], run: Number(run), isPaused })
    if (typeof next === "string") return `${event}: ${next}`
    story = next
  }
  return story
}

describe("the history of a service", () => {
  it.each([
    ["Added 0, Removed 0", "absent"],
    ["Added 0, Starting 1, Ready 1, Completed 1, Stopped 1", "over for good"],
    ["Added 0, Starting 1, Ready 1, Completed 1, Stopped 1, Removed 1", "absent"],
    ["Added 0, Starting 1, Ready 1, Stopping 1, Interrupted 1, Stopped 1", "over"],
    ["Added 0, Starting 1, Crashed 1, RestartScheduled 1, Starting 2, Ready 2", "ready"],
    ["Added 0, Starting 1, Crashed 1, RestartLimitExceeded 1, Failed 1", "over for good"],
    ["Added 0, Starting 1, Ready 1, Stopping 1, Interrupted 1, Stopped 1, Removed 1, Added 0, Starting 1", "unready"],
    ["Added 0, Starting 1, Ready 1, Stopping 1, Interrupted 1, Starting 2", "unready"],
    ["Added 0, Starting 1, Crashed 1, RestartScheduled 1, Stopping 1, Stopped 1", "over"],
    ["Added 0, Starting 1, Ready 1, Unready 1, Abandoned 1, Failed 1, LateFailure 1", "lost"],
    ["Added 0, Failed 0", "over for good"],
    ["Added 0, Waiting 0", "waiting"],
    ["Added 0, Waiting 0, Waiting 0, Starting 1, Ready 1", "ready"],
    ["Added 0, Waiting 0, Stopping 0, Waiting 0, Stopping 0, Stopped 0, Removed 0", "absent"],
    ["Added 0, Waiting 0, Failed 0, Waiting 0", "waiting"],
    ["Added 0, Starting 1, Crashed 1, RestartScheduled 1, Waiting 1, Starting 2", "unready"],
    ["Added 0, Starting 1, Ready 1, Stopping 1, Interrupted 1, Stopped 1, Waiting 1, Starting 2", "unready"],
    ["Added 0, Starting 1, Paused 1, Paused 1, Ready 1, Paused 1, Ready 1", "ready"],
    ["Added 0, Starting 1, Ready 1, Paused 1, Crashed 1", "crashed"],
    ["Added 0, Starting 1, Ready 1, Paused 1, Stopping 1, Interrupted 1, Stopped 1", "over"]
  ])("may be %s", (events, stage) => {
    expect(told(events)).toMatchObject({ stage })
  })

  it.each([
    ["Starting 1", "while absent"],
    ["Added 0, Added 0", "while pending"],
    ["Added 0, Starting 2", "of run 2, after run 0"],
    ["Added 0, Starting 1, Starting 2", "while unready"],
    ["Added 0, Starting 1, Completed 1", "while unready"],
    ["Added 0, Starting 1, Ready 1, Paused 1, Completed 1", "while unready"],
    ["Added 0, Starting 1, Ready 1, Unready 1, Ready 1", "while hung"],
    ["Added 0, Starting 1, Waiting 1", "while unready"],
    ["Added 0, Starting 1, Crashed 1, Waiting 1", "while crashed"],
    ["Added 0, Waiting 0, Removed 0", "while waiting"],
    ["Added 0, Starting 1, Ready 1, Ready 1", "while ready"],
    ["Added 0, Starting 1, Ready 1, Interrupted 1", "while ready"],
    ["Added 0, Starting 1, Ready 1, Stopping 1, Crashed 1", "while stopping"],
    ["Added 0, Starting 1, Ready 1, Crashed 1, Starting 2", "while crashed"],
    ["Added 0, Starting 1, Ready 1, Removed 1", "while ready"],
    ["Added 0, Starting 1, Stopping 1, Abandoned 1, Failed 1, Ready 1", "while lost"],
    ["Added 0, Starting 1, Stopping 1, Abandoned 1, Failed 1, Interrupted 1", "while lost"],
    ["Added 0, Starting 1, Ready 1, Crashed 1, Interrupted 1", "while crashed"],
    ["Added 0, Starting 1, Crashed 1, Failed 1, RestartScheduled 1", "while over for good"],
    ["Added 0, Starting 1, LateFailure 2", "of run 2"]
  ])("is never %s", (events, why) => {
    expect(told(events)).toBe(`${events.split(", ").at(-1)}: ${why}`)
  })

  it("goes on when a run in a governor inside was abandoned, and has settled", () => {
    const crashed = told("Added 0, Starting 1, Crashed 1") as Story
    const lost = tell(crashed, { _tag: "ServiceFailed", run: 1, isLostInside: true }) as Story
    expect(isEnd(lost.stage)).toBe(true)
    expect(tell(lost, { _tag: "RestartScheduled", run: 1 })).toMatchObject({ stage: "delayed" })
  })

  it.each<[stage: Stage, named: boolean, namedIfItLeaves: boolean]>([
    ["over", true, true],
    ["over for good", true, false],
    ["lost", true, true],
    ["lost inside", true, true],
    ["pending", false, false],
    ["absent", false, false]
  ])("is in the report or not: %s", (stage, named, namedIfItLeaves) => {
    expect([isOutcome(stage), isOutcome(stage, true)]).toEqual([named, namedIfItLeaves])
  })

  it("is at its end when nothing is left to come", () => {
    const ends = ["Added 0", "Added 0, Failed 0", "Added 0, Starting 1, Stopping 1, Abandoned 1, Failed 1"]
    expect(ends.map((events) => isEnd((told(events) as Story).stage))).toEqual([true, true, true])
    const open = [
      "Added 0, Waiting 0",
      "Added 0, Starting 1",
      "Added 0, Starting 1, Stopping 1, Abandoned 1",
      "Added 0, Starting 1, Crashed 1"
    ]
    expect(open.map((events) => isEnd((told(events) as Story).stage))).toEqual([false, false, false, false])
  })
})
