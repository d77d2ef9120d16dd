import { expect, it } from "vitest"
import { durationInWords } from "../../src/internal/input/durationInWords.ts"

const [second, minute, hour, day] = [1e3, 6e4, 36e5, 864e5]

it.each<[number, string]>([
  [0, "0 ms"],
  [-5, "0 ms"],
  [NaN, "0 ms"],
  [0.004, "0.1 ms"],
  [0.4, "0.4 ms"],
  [0.96, "1 ms"],
  [1, "1 ms"],
  [826.927628, "827 ms"],
  [999.4, "999 ms"],
  [999.6, "1 s"],
  [second, "1 s"],
  [1500, "1.5 s"],
  [1234, "1.23 s"],
  [25 * second, "25 s"],
  [59_994, "59.99 s"],
  [59_996, "1 min"],
  [minute, "1 min"],
  [90_400, "1 min 30 s"],
  [hour - 400, "1 h"],
  [hour, "1 h"],
  [hour + 30 * minute + 20 * second, "1 h 30 min"],
  [day - 1, "1 d"],
  [day + 2 * hour + 40 * minute, "1 d 3 h"],
  [400 * day, "400 d"],
  [Infinity, "an infinite time"]
])("%d milliseconds are %s", (millis, expected) => {
  expect(durationInWords(millis)).toBe(expected)
})
