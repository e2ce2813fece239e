import { afterAll, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { newId } from "../../base/ids.ts";
import { openLog } from "../../base/log.ts";
import { createDataKey } from "../../base/seal.ts";
import { makeRecord } from "../../ledger/store/store-contract.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { appendContent, findContent, listContent, sweepContent } from "./content-files.ts";
import { ContentLog } from "./content-log.ts";

const dayMs = 86_400_000;
const noon = Date.parse("2026-11-20T12:00:00Z");
const folders: string[] = [];

function makeFolder(): string {
  const folder = makeTemporaryFolder();
  folders.push(folder);
  return folder;
}

afterAll(() => folders.forEach(removeTemporaryFolder));

test("a line is found by its id, whatever is before it", () => {
  const dir = makeFolder();
  const at = { project: "a/b:c", retentionDays: 7, index: 0, nowMs: noon };
  const [one, three, four] = [newId("req", noon), newId("req", noon), newId("req", noon + dayMs)];
  const line = `${newId("req", noon - 9 * dayMs)}_12`;
  appendContent(dir, at, `${one} ${"x".repeat(3_000_000)}`);
  const [file] = listContent(dir);
  expect(file?.project).toBe("a/b:c");
  appendFileSync(file?.path ?? "", "req_2 torn");
  appendContent(dir, at, `${three} three`);
  appendContent(dir, at, `${line} a line of a batch`);
  appendContent(dir, { ...at, nowMs: noon + dayMs }, `${four} ${one} four`);
  expect(findContent(dir, three)).toBe("three");
  expect(findContent(dir, four)).toBe(`${one} four`);
  expect(findContent(dir, one)).toHaveLength(3_000_000);
  expect(findContent(dir, line)).toBe("a line of a batch");
  expect(findContent(dir, "req_")).toBeUndefined();
  // Other days are not looked at, and for what is no id of a request none is.
  const early = newId("req", noon - 9 * dayMs);
  appendContent(dir, at, `${early} early`);
  appendContent(dir, at, "req_5 five");
  for (const id of [early, "req_5"]) expect(findContent(dir, id)).toBeUndefined();
});

test("a day's text is deleted when it was kept long enough, by the shorter of what was and is said", () => {
  const dir = makeFolder();
  const write = (project: string, retentionDays: number) =>
    appendContent(dir, { project, retentionDays, index: 0, nowMs: noon }, "req_1 x");
  write("week", 7);
  write("shortened", 30);
  write("gone", 2);
  const left = (nowMs: number) => {
    sweepContent(
      dir,
      new Map([
        ["week", 30],
        ["shortened", 1],
      ]),
      nowMs,
    );
    return listContent(dir)
      .map(({ project }) => project)
      .sort();
  };
  const dayEnd = Date.parse("2026-11-21T00:00:00Z");
  expect(left(dayEnd + dayMs - 1)).toEqual(["gone", "shortened", "week"]);
  expect(left(dayEnd + dayMs)).toEqual(["gone", "week"]);
  expect(left(dayEnd + 2 * dayMs)).toEqual(["week"]);
  expect(left(dayEnd + 7 * dayMs - 1)).toEqual(["week"]);
  expect(left(dayEnd + 7 * dayMs)).toEqual([]);
  expect(sweepContent(`${dir}/nothing`, new Map(), noon)).toEqual({ deleted: 0, faults: [] });
  // What cannot be deleted holds up nothing.
  for (const project of ["a", "b", "c"]) write(project, 7);
  for (const project of ["a", "b", "c"]) mkdirSync(`${dir}/${project}/2026-11-01.1d.0.log`);
  expect(sweepContent(dir, new Map(), dayEnd + 7 * dayMs)).toMatchObject({ deleted: 3, faults: { length: 3 } });
});

test("text beyond the bounds is dropped and counted, and a folder that takes nothing costs the text alone", async () => {
  const folder = makeFolder();
  const key = createDataKey();
  const contentLogs = new Map([["default", { retention_days: 7 }]]);
  const deps = { log: openLog({ level: "silent", pretty: false }), snapshot: () => ({ contentLogs }) };
  const open = (dir: string) =>
    new ContentLog({ ...deps, dataKey: () => Promise.resolve(key) }, { dir, index: 0, heldBytesMax: 50_000 });
  const log = open(`${folder}/content`);
  const body = Buffer.alloc(20_000, "x");
  const first = log.begin("default", "chat", body);
  const second = log.begin("default", "chat", body);
  expect(log.begin("default", "chat", body)).toBeUndefined();
  expect(log.droppedCount).toBe(1);
  second?.drop();
  const id = newId("req");
  first?.end(makeRecord({ id }));
  await log.close();
  expect(log.droppedCount).toBe(1);
  // All of it was given back.
  expect(log.begin("default", "chat", Buffer.alloc(40_000))).toBeDefined();
  expect(existsSync(`${folder}/content/default`)).toBe(true);
  expect(await log.read({ projects: ["default"] }, id)).toMatchObject({
    request: "[a body of 20000 bytes that is no JSON]",
    answer: null,
  });
  expect(await log.read({ projects: ["other"] }, id)).toBeUndefined();
  expect(log.sums({ projects: ["default"] })).toMatchObject([{ project: "default", files: 1 }]);
  expect(log.sums({ projects: ["other"] })).toEqual([]);
  await log.close();

  appendFileSync(`${folder}/file`, "");
  const blocked = open(`${folder}/file/content`);
  blocked.begin("default", "chat", body)?.end(makeRecord({ id: "req_1" }));
  await blocked.close();
  expect(blocked.droppedCount).toBe(1);
});
