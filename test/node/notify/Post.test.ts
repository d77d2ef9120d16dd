/** Messages go one after another, and none is lost. */
import { describe, expect, it } from "vitest"
import { Post } from "../../../src/node/notify/Post.ts"

/** A post whose messages wait until the test says how it went. */
const aPost = () => {
  const sent: Array<string> = []
  const errors: Array<unknown> = []
  const timers: Array<[millis: number, task: () => void]> = []
  let finish: ((error?: unknown) => void) | undefined
  const post = new Post(
    (text, done) => {
      sent.push(text.replaceAll("\n", " "))
      finish = done
    },
    (...timer) => void timers.push(timer),
    (error) => void errors.push(error)
  )
  const ends = (error?: unknown) => finish!(error)
  const wake = () => {
    const [[millis, task]] = timers.splice(0, 1) as [[number, () => void]]
    task()
    return millis
  }
  return {
    sent,
    errors,
    timers,
    ends,
    wake,
    rest: () => post.rest(),
    put: (name: string, value = "1") => post.put(new Map([[name, value]]))
  }
}

describe("a post", () => {
  it("sends at once, and what comes while it sends as one message after that", () => {
    const { ends, put, sent } = aPost()
    put("STATUS", "a")
    put("STATUS", "b")
    put("READY")
    put("STATUS", "c")
    expect(sent).toEqual(["STATUS=a"])
    ends()
    expect(sent).toEqual(["STATUS=a", "STATUS=c READY=1"])
    ends()
    expect(sent).toHaveLength(2)
  })

  it("sends what it could not send with the next message, and in their order", () => {
    const { ends, put, sent } = aPost()
    put("READY")
    ends("lost")
    put("STATUS", "a")
    ends()
    expect(sent).toEqual(["READY=1", "READY=1 STATUS=a"])
  })

  it("does not send what is out of date again", () => {
    const { ends, put, sent, wake } = aPost()
    put("STATUS", "old")
    put("STATUS", "new")
    ends("lost")
    wake()
    expect(sent).toEqual(["STATUS=old", "STATUS=new"])
  })

  it("tells the first error only", () => {
    const { ends, errors, put } = aPost()
    for (const error of ["one", "two"]) {
      put("READY")
      ends(error)
    }
    expect(errors).toEqual(["one"])
  })

  it("tries again without a next message: later and later, and soon again after a success", () => {
    const { ends, put, sent, timers, wake } = aPost()
    put("READY")
    ends("lost")
    const waited = Array.from({ length: 8 }, () => {
      const millis = wake()
      ends("lost")
      return millis
    })
    expect(waited).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    wake()
    ends()
    expect(timers).toEqual([])
    put("STOPPING")
    ends("lost")
    expect(wake()).toBe(1000)
    expect(sent.at(-1)).toBe("STOPPING=1")
  })

  it("gives away what waits, once", () => {
    const { ends, put, rest, sent } = aPost()
    put("READY")
    expect(rest()).toBeUndefined()
    put("STOPPING")
    expect([rest(), rest()]).toEqual(["STOPPING=1", undefined])
    ends()
    expect(sent).toEqual(["READY=1"])
  })

  it("survives a sender that throws, and one that says twice how it went", () => {
    const errors: Array<unknown> = []
    const sent: Array<string> = []
    const post = new Post(
      (text, done) => {
        sent.push(text)
        if (sent.length === 1) throw new Error("denied")
        done()
        done("late")
      },
      () => {},
      (error) => void errors.push(error)
    )
    post.put(new Map([["READY", "1"]]))
    post.put(new Map([["STATUS", "a"]]))
    post.put(new Map([["STATUS", "b"]]))
    expect(sent).toEqual(["READY=1", "READY=1\nSTATUS=a", "STATUS=b"])
    expect(errors).toEqual([new Error("denied")])
  })

  it("has one timer, however many messages fail", () => {
    const { ends, put, timers } = aPost()
    for (let i = 0; i < 5; i++) {
      put("WATCHDOG")
      ends("lost")
    }
    expect(timers).toHaveLength(1)
  })
})
