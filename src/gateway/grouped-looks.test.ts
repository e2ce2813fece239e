import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { openStoreThread, type StoreThread } from "../ledger/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { GroupedLooks } from "./grouped-looks.ts";

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

test("those of a project who wait ask together, and each hears of its own row", async () => {
  const times = { createdMs: 1, expiresMs: 1_000 };
  const row = { kind: "answer", ...times, owner: "", model: "", previous: "", request: null, answer: null };
  await store.keep([
    { ...row, project: "one", id: "a", status: "queued" },
    { ...row, project: "one", id: "b", status: "completed" },
    { ...row, project: "two", id: "a", status: "failed" },
  ]);
  const asked: string[] = [];
  const looks = new GroupedLooks((project, ids) => {
    asked.push(`${project}: ${ids.join(" ")}`);
    return store.findKeptHeads({ kind: "answer", project, ids, nowMs: 2 });
  });
  const statusOf = async (project: string, id: string) => (await looks.find(project, id))?.status;
  const found = await Promise.all([
    ...Array.from({ length: 1_000 }, () => statusOf("one", "a")),
    statusOf("one", "b"),
    statusOf("one", "none"),
    statusOf("two", "a"),
  ]);
  expect([...new Set(found)]).toEqual(["queued", "completed", undefined, "failed"]);
  expect(asked).toEqual(["one: a b none", "two: a"]);
  await store.changeKept({ kind: "answer", project: "one", id: "a" }, ["queued"], { status: "failed", owner: "" });
  expect(await statusOf("one", "a")).toBe("failed");
});
