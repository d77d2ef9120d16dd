#!/usr/bin/env bash
# `context.setOffline(true)` of Playwright leaves a stream open in Chromium: a page that follows one goes on hearing.
#
# Version: playwright-core 1.65.1 with Chromium 150 (Debian's package `chromium`), Node 26.10.0. Linux.
# Behaviour: a page reads an answer that never ends, by `fetch`, as a client of server-sent events does. After
#   `setOffline(true)` the page knows that it is offline (`navigator.onLine`), and each new request fails. The answer that is
#   open is not touched: no error comes, and what the server sends goes on arriving.
# Output seen:
#   offline: navigator.onLine false, a new request failed
#   the open stream: still heard 5 ticks, no error
# Why the guess is wrong: the method is said to emulate that the network is offline, and one uses it to see what a page does
#   when its stream breaks. Such a test passes, or fails, without the stream having been cut. Close the server, or put a
#   proxy between that can be stopped.
#
# Needs a Chromium: /usr/bin/chromium, or the one that CHROMIUM_PATH names.
# Exits 0 while the behaviour is as described, 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > npm.log
npm pkg set allowScripts.node=true --json > npm.log
npm install --no-audit --no-fund node@26.10.0 playwright-core@1.65.1 > npm.log
test "$(node_modules/.bin/node --version)" = v26.10.0

cat > offline.mjs << 'JS'
import { once } from "node:events"
import { createServer } from "node:http"
import { chromium } from "playwright-core"

const server = createServer((request, response) => {
  if (request.url === "/") return void response.writeHead(200, { "content-type": "text/html" }).end("<title>page</title>")
  const timer = setInterval(() => response.write("tick\n"), 200)
  response.on("close", () => clearInterval(timer))
}).listen(0, "127.0.0.1")
await once(server, "listening")
const url = `http://127.0.0.1:${server.address().port}`

const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium"
const browser = await chromium.launch({ executablePath, args })
const context = await browser.newContext()
const page = await context.newPage()
await page.goto(url)

await page.evaluate(() => {
  globalThis.heard = { ticks: 0, error: "no error" }
  const follow = async () => {
    const { body } = await fetch("/stream")
    for await (const text of body.pipeThrough(new TextDecoderStream())) heard.ticks += text.split("\n").length - 1
    heard.error = "the stream has ended"
  }
  follow().catch((error) => (heard.error = String(error)))
})
await page.waitForFunction(() => heard.ticks > 0)

await context.setOffline(true)
const asked = await page.evaluate(() => fetch("/").then(() => "succeeded", () => "failed"))
console.log(`offline: navigator.onLine ${await page.evaluate(() => navigator.onLine)}, a new request ${asked}`)

const before = await page.evaluate(() => heard.ticks)
await page.waitForFunction((before) => heard.ticks >= before + 5 || heard.error !== "no error", before)
const { error, more } = await page.evaluate((before) => ({ more: heard.ticks >= before + 5, error: heard.error }), before)
console.log(`the open stream: ${more ? "still heard 5 ticks" : "heard nothing more"}, ${error}`)

await browser.close()
server.closeAllConnections()
server.close()
JS

node_modules/.bin/node offline.mjs > seen
cat seen
diff seen - << 'EXPECTED'
offline: navigator.onLine false, a new request failed
the open stream: still heard 5 ticks, no error
EXPECTED
