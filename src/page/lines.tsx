/**
 * What a service writes to the log, the newest at the end. Asked for only while it is shown.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { named } from "../operations/inWords.ts"
import type { Line, Recording } from "../operations/Recording.ts"
import type { View } from "../operations/View.ts"
import { linesOf } from "./linesOf.ts"
import { At } from "./time.tsx"

interface Props {
  readonly recording: Recording
  readonly view: View
  readonly path: string
  readonly isLive: boolean
  readonly pollLines: () => Promise<void>
}

/** How often new ones are asked for, in milliseconds. */
const period = 1000

export const Lines = ({ isLive, path, pollLines, recording, view }: Props) => {
  usePoll(pollLines, isLive)
  const until = view.sequence < recording.latest ? view.now : Infinity
  const lines = linesOf(recording.lines, path, until)
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  const last = lines.at(-1)?.id
  useLayoutEffect(() => {
    if (isAtEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [last])
  const remember = () => {
    const { clientHeight = 0, scrollHeight = 0, scrollTop = 0 } = box.current ?? {}
    isAtEnd.current = scrollHeight - clientHeight - scrollTop < 24
  }
  return (
    <section aria-labelledby="details-lines">
      <h3 id="details-lines">Log lines</h3>
      <div
        class="lines"
        role="log"
        aria-live="off"
        aria-labelledby="details-lines"
        tabIndex={0}
        ref={box}
        onScroll={remember}
      >
        {lines.length === 0 && <p class="quiet">There are none of this service.</p>}
        {lines.map((line) => <Row key={line.id} line={line} path={path} now={view.now} />)}
      </div>
    </section>
  )
}

/** Asks again some time after each answer, as long as somebody looks. */
const usePoll = (pollLines: () => Promise<void>, isLive: boolean): void => {
  const [, setCount] = useState(0)
  useEffect(() => {
    if (!isLive) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const poll = async () => {
      await pollLines().catch(() => undefined) // the next may succeed, and the connection says what is wrong
      if (isOver) return
      setCount((count) => count + 1)
      timer = setTimeout(() => void poll(), period)
    }
    void poll()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isLive])
}

const Row = ({ line, now, path }: { readonly line: Line; readonly path: string; readonly now: number }) => {
  const { error, level, message, run, service, time } = line
  return (
    <p class={level}>
      <At millis={time} now={now} /> <span class="level">{level}</span>
      {run !== undefined && <span class="quiet">run {run}</span>}
      {service !== undefined && service !== path && <span class="quiet">{named(service.slice(path.length + 1))}</span>}
      {" "}
      {message}
      {error && (
        <details>
          <summary>{error.name}: {error.message.split("\n", 1)[0]}</summary>
          <pre>{error.stack}</pre>
        </details>
      )}
    </p>
  )
}
