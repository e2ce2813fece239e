import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { openStoreThread, type NewKept, type StoreThread } from "../ledger/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { GroupedKeeps } from "./grouped-keeps.ts";

const folder = makeTemporaryFolder();
const log = openLog({ level: "silent", pretty: false });
let store: StoreThread;

beforeAll(async () => {
  store = await openStoreThread({ log }, { path: join(folder, "sahab.db"), masterKey: "the master key of the tests" });
});
afterAll(async () => {
  await store.close();
  removeTemporaryFolder(folder);
});

function makeRow(id: string, fields: Partial<NewKept> = {}): NewKept {
  return {
    kind: "answer",
    project: "default",
    id,
    createdMs: 1_000,
    expiresMs: 100_000,
    status: "",
    owner: "",
    model: "",
    previous: "",
    request: "{}",
    answer: "{}",
    ...fields,
  };
}

async function areThere(ids: readonly string[]): Promise<string[]> {
  const heads = await store.findKeptHeads({ kind: "answer", project: "default", ids, nowMs: 2_000 });
  return heads.map(({ id }) => id).sort();
}

test("a row that the store refuses fails its own caller, and nobody who waited with it", async () => {
  const keeps = new GroupedKeeps(store);
  const ids = Array.from({ length: 9 }, (_, index) => `row_${index}`);
  // The first is written alone; the others come while it is, and go together. No number is no time.
  const outcomes = await Promise.allSettled(
    ids.map((id) =>
      keeps.keep("default", [makeRow(`${id}_part`), makeRow(id, id === "row_5" ? { createdMs: Number.NaN } : {})]),
    ),
  );
  const expected = ids.map((id) => (id === "row_5" ? "rejected" : "fulfilled"));
  expect(outcomes.map(({ status }) => status)).toEqual(expected);
  expect(await areThere([...ids, "row_5_part"])).toEqual(ids.filter((id) => id !== "row_5"));
});

test("each caller hears whether its own rows are kept, and only once they are", async () => {
  const keeps = new GroupedKeeps(store);
  const unique = (answer: string) => [makeRow("same", { isUnique: true, answer }), makeRow(`beside_${answer}`)];
  const kept = await Promise.all(["1", "2", "3"].map((answer) => keeps.keep("default", unique(answer))));
  expect(kept).toEqual([
    [true, true],
    [false, true],
    [false, true],
  ]);
  const seen = Array.from({ length: 20 }, async (_, index) => {
    await Bun.sleep(index % 5);
    await keeps.keep("default", [makeRow(`own_${index}`)]);
    return (await areThere([`own_${index}`])).length;
  });
  expect(await Promise.all(seen)).toEqual(Array.from({ length: 20 }, () => 1));
});

test("what waits is shared between projects", async () => {
  const keeps = new GroupedKeeps(store);
  const answer = "x".repeat(16 * 1024 * 1024);
  const greedy = Array.from({ length: 12 }, (_, index) =>
    keeps.keep("greedy", [makeRow(`large_${index}`, { project: "greedy", answer })]),
  );
  const other = keeps.keep("default", [makeRow("small")]);
  const outcomes = await Promise.allSettled(greedy);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  expect(refused.length).toBeGreaterThan(2);
  expect(refused.length).toBeLessThan(10);
  for (const error of refused) expect(error).toMatchObject({ code: "overloaded" });
  expect(await other).toEqual([true]);
  // All room is back.
  expect(await keeps.keep("greedy", [makeRow("late", { project: "greedy", answer })])).toEqual([true]);
});
