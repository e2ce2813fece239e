import { expect, test } from "bun:test";
import { seededRandom } from "../testing/random.ts";
import { Groups } from "./groups.ts";

test("the largest group is known after any sequence of changes", () => {
  const random = seededRandom(7);
  const below = (end: number) => Math.floor(random() * end);
  const groups = new Groups<number>();
  const expected = new Map<string, Set<number>>();
  for (let step = 0; step < 20_000; step++) {
    const name = `group ${below(6)}`;
    const member = below(30);
    const group = expected.get(name) ?? new Set();
    expected.set(name, group);
    // Phases of growing and of shrinking, down to nothing.
    if (below(10) < (step % 2_000 < 1_000 ? 7 : 2)) {
      groups.add(name, member);
      group.add(member);
    } else {
      groups.delete(name, member);
      group.delete(member);
    }
    const largest = Math.max(...[...expected.values()].map(({ size }) => size));
    expect(groups.largest === undefined ? 0 : groups.sizeOf(groups.largest)).toBe(largest);
  }
  expect([...groups.membersOf("none")]).toEqual([]);
});
