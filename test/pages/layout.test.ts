import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { layoutOf } from "../../src/page/layout.ts"

const edge = (text: string) => {
  const [from = "", to = ""] = text.split(">")
  return { from, to }
}

/** The layers from the top, each from left to right. */
const drawn = (names: string, edges: string, widest = 8) => {
  const { layers, places } = layoutOf(names.split(" "), edges.split(" ").filter(Boolean).map(edge), widest)
  return Array.from({ length: layers }, (_, layer) =>
    Array.from(places.values())
      .filter((place) => place.layer === layer)
      .toSorted((a, b) => a.x - b.x)
      .map(({ name }) => name)
      .join(" "))
}

describe("layoutOf", () => {
  it("has each service above those that it needs, along the longest way", () =>
    assert.deepStrictEqual(drawn("database api web cache", "web>api api>database web>cache api>cache"), [
      "web",
      "api",
      "cache database"
    ]))

  it("has those that nobody needs right above those that they need", () =>
    assert.deepStrictEqual(drawn("a b c d", "a>b b>c d>c"), ["a", "b d", "c"]))

  it("lets few lines cross", () => assert.deepStrictEqual(drawn("a b x y", "a>y b>x"), ["a b", "y x"]))

  it("finds the order that lets no line cross also from below", () => {
    const [top, bottom] = drawn("a b c x y z", "a>z b>x c>y a>y")
    assert.include(["a c b/z y x", "b c a/x y z"], `${top}/${bottom}`)
  })

  it("keeps the best order that it has found, where the next is worse", () =>
    assert.deepStrictEqual(drawn("a b c d e v w x y z", "a>w a>x a>z b>v b>w b>x b>y c>x c>z d>x e>w"), [
      "b d c a e",
      "y v x z w"
    ]))

  it("draws services that wait for one another below each other, and nothing twice", () =>
    assert.deepStrictEqual(drawn("a b c", "a>b b>c c>a a>a"), ["a", "b", "c"]))

  it("leaves out edges to what is not drawn", () => assert.deepStrictEqual(drawn("a", "a>b c>a"), ["a"]))

  it("goes on in the next line, where a layer is too wide", () => {
    const names = Array.from({ length: 10 }, (_, i) => `s${i}`)
    assert.deepStrictEqual(drawn(["hub", ...names].join(" "), names.map((name) => `hub>${name}`).join(" "), 4), [
      "hub",
      "s0 s1 s2 s3",
      "s4 s5 s6 s7",
      "s8 s9"
    ])
  })

  it("has each layer in the middle", () => {
    const { columns, places } = layoutOf(["a", "b", "c"], [edge("a>b"), edge("a>c")], 8)
    assert.deepStrictEqual([columns, places.get("a")!.x, places.get("b")!.x, places.get("c")!.x], [2, 0.5, 0, 1])
  })

  it("has columns where a line has to pass by a layer", () => {
    const { places } = layoutOf(["a", "b", "c"], [edge("a>b"), edge("a>c"), edge("b>d"), edge("c>d")], 8)
    assert.strictEqual(places.get("a")!.x, 0.5)
    const far = layoutOf(["a", "b", "c", "d"], [edge("a>b"), edge("a>c"), edge("b>d"), edge("a>d")], 8)
    assert.deepStrictEqual(Array.from(far.places.values(), ({ x }) => x % 1), [0, 0, 0, 0])
  })

  it("has names with numbers in the order of the numbers", () =>
    assert.deepStrictEqual(drawn("s10 s9 s1 hub", "s10>hub s9>hub s1>hub"), ["s1 s9 s10", "hub"]))

  it("places each service once and no two in one place, and nothing above those that need it, whatever the graph is", () => {
    const graphs = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 100 })
    fc.assert(fc.property(graphs, fc.integer({ min: 1, max: 9 }), (pairs, widest) => {
      const names = Array.from({ length: 31 }, (_, i) => `s${i}`)
      const edges = pairs.filter(([a, b]) => a < b).map(([a, b]) => ({ from: `s${a}`, to: `s${b}` }))
      const { places } = layoutOf(names, edges, widest)
      assert.sameMembers(Array.from(places.keys()), names)
      assert.strictEqual(new Set(Array.from(places.values(), ({ layer, x }) => `${layer} ${x}`)).size, names.length)
      for (const { from, to } of edges) assert.isBelow(places.get(from)!.layer, places.get(to)!.layer)
    }))
  })

  it("draws services that all need the same others in a time in proportion to the dependencies", () => {
    const quickest = (count: number) => {
      const names = Array.from({ length: 2 * count }, (_, i) => `s${i}`)
      const edges = names.slice(0, count).flatMap((from) => names.slice(count).map((to) => ({ from, to })))
      return Math.min(...Array.from({ length: 3 }, () => {
        const start = performance.now()
        layoutOf(names, edges, 8)
        return performance.now() - start
      }))
    }
    quickest(25)
    assert.isBelow(quickest(100) / quickest(50), 4 * 3)
  })
})
