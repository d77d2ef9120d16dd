/**
 * Builds the page: one file of HTML with its script and its style inside, as the text of a module. `GET /` loads the module when
 * somebody asks first.
 */
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { build, type Rolldown } from "vite"

const folder = import.meta.dirname
const into = join(folder, "../../dist/page.js")

type Output = Rolldown.RolldownOutput["output"][number]

/** The script and the style, without the line break and the comment at the end. */
const bundled = async (): Promise<{ readonly script: string; readonly style: string }> => {
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    // Elements by the older runtime of JSX are 1 % of the page smaller.
    oxc: {
      jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" },
      jsxInject: "import { Fragment, h } from \"preact\""
    },
    build: {
      write: false,
      target: "es2023",
      // Older ones would get values that only light-dark() needs, which the page does not use.
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      // A library of ES modules keeps its white space, which is a quarter of the page.
      lib: { entry: join(folder, "main.tsx"), name: "page", formats: ["iife"], fileName: "page", cssFileName: "page" },
      minify: true
    }
  })
  const output: ReadonlyArray<Output> = [built].flat().flatMap((one) => "output" in one ? one.output : [])
  const text = (end: string): string => {
    const found = output.find(({ fileName }) => fileName.endsWith(end))
    return found === undefined ? "" : (found.type === "chunk" ? found.code : String(found.source)).trim()
  }
  return { script: text(".js"), style: text(".css").replace(/\/\*.*\*\/$/, "") }
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const { script, style } = await bundled()
// A text of the program that looks like the end of the script would end it.
if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error("the page has the end of a script in its script")

const html = readFileSync(join(folder, "index.html"), "utf8")
  .replace("</head>", () => `<style>${style}</style>\n</head>`)
  .replace("</body>", () => `<script type="module">${script}</script>\n</body>`)

// The page loads nothing, asks nobody but its own host, and no other page may frame it.
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join("; ")

// Parts of the page are Preact's: its license has to be there too.
const license = readFileSync(join(folder, "../../node_modules/preact/LICENSE"), "utf8").trim()

writeFileSync(
  into,
  `/*!\nParts of the page are of Preact (https://preactjs.com):\n\n${license}\n*/\nexport const html = ${
    JSON.stringify(html)
  }\nexport const policy = ${JSON.stringify(policy)}\n`
)
