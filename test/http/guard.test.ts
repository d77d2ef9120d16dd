import { describe, expect, it } from "vitest"
import type { Doorway, Question } from "../../src/http/exchange.ts"
import { type Guard, mayRead, type Need, refusal, tokenOf } from "../../src/http/guard.ts"

const [here, own, other]: Array<Doorway> = [
  { isLocal: true, checksHost: false },
  { isLocal: true, checksHost: true },
  { isLocal: false, checksHost: true }
]

const open: Guard = { read: undefined, control: undefined, hosts: undefined }
const closed: Guard = { read: tokenOf("read"), control: tokenOf("control"), hosts: new Set(["ops.example"]) }

const asked = (door: Doorway, headers: Record<string, string>): Question => ({
  method: "GET",
  target: "/services",
  header: (name) => headers[name],
  body: async () => "",
  door
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe("who may ask what", () => {
  it.each<[string, Doorway, Need, Guard, Record<string, string>, number | undefined]>([
    // whom a probe answers
    ["a probe from anywhere", other!, "Probe", closed, {}, undefined],
    ["a probe for a pod's address", other!, "Probe", open, { host: "10.1.2.3:9000" }, undefined],
    ["a probe for an address in brackets", other!, "Probe", open, { host: "[fe80::1]:9000" }, undefined],

    // who reads
    ["details without a token, on this machine", own!, "Read", open, { host: "127.0.0.1:9000" }, undefined],
    ["details without a token, from elsewhere", other!, "Read", open, {}, 404],
    ["details without the token that is set", own!, "Read", closed, {}, 401],
    ["details with a wrong token", other!, "Read", closed, bearer("control"), 401],
    ["details with the token", other!, "Read", closed, bearer("read"), undefined],
    [
      "details with the token, by another spelling",
      other!,
      "Read",
      closed,
      { authorization: "bearer  read " },
      undefined
    ],
    ["details with another scheme", other!, "Read", closed, { authorization: "Basic read" }, 401],
    ["details with a token and more", other!, "Read", closed, bearer("read more"), 401],

    // who gets the page, which shows nothing by itself
    ["the page, on this machine", own!, "Page", open, {}, undefined],
    ["the page, from elsewhere, where nobody can read", other!, "Page", open, {}, 404],
    ["the page, from elsewhere, to somebody who may have the token", other!, "Page", closed, {}, undefined],
    ["the page, under a name of somebody else", own!, "Page", open, { host: "evil.example" }, 421],

    // who commands
    ["a command where none is open", own!, "Control", open, bearer("control"), 404],
    ["a command without a token", own!, "Control", closed, {}, 401],
    ["a command with the token for reading", own!, "Control", closed, bearer("read"), 401],
    ["a command with its token", own!, "Control", closed, bearer("control"), undefined],

    // names that a page of another site can give this machine
    ["a name of somebody else", own!, "Probe", open, { host: "evil.example" }, 421],
    ["a name of somebody else, with a port", own!, "Read", open, { host: "evil.example:9000" }, 421],
    ["a name that looks like an address", own!, "Read", open, { host: "127.0.0.1.evil.example" }, 421],
    ["localhost", own!, "Read", open, { host: "localhost:9000" }, undefined],
    ["localhost, in another way", own!, "Read", open, { host: "LocalHost." }, undefined],
    ["a name that is listed", other!, "Read", closed, { host: "Ops.Example:443", ...bearer("read") }, undefined],
    ["a name beside those listed, in an application", here!, "Probe", closed, { host: "www.example" }, 421],
    ["any name in an application that lists none", here!, "Read", open, { host: "www.example" }, undefined],
    ["no name at all", own!, "Read", open, {}, undefined],

    // pages of another site
    ["a page of another site", own!, "Read", open, { host: "localhost:9000", origin: "http://evil.example" }, 403],
    ["a page of another port", own!, "Read", open, { host: "localhost:9000", origin: "http://localhost:80" }, 403],
    ["a page without a site", own!, "Read", open, { host: "localhost:9000", origin: "null" }, 403],
    ["its own page", own!, "Read", open, { host: "localhost:9000", origin: "http://localhost:9000" }, undefined],
    [
      "a page of a name that is listed",
      own!,
      "Probe",
      closed,
      { host: "127.0.0.1", origin: "https://ops.example" },
      undefined
    ]
  ])("%s", (_, door, need, guard, headers, status) => {
    expect(refusal(asked(door, headers), need, guard)?.status).toBe(status)
  })

  it("lets people read what a probe answers, if they may read", () => {
    expect(mayRead(asked(own!, {}), open)).toBe(true)
    expect(mayRead(asked(other!, {}), open)).toBe(false)
    expect(mayRead(asked(own!, {}), closed)).toBe(false)
    expect(mayRead(asked(other!, bearer("read")), closed)).toBe(true)
  })
})
