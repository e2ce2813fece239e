import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { playChat } from "../testing/plays/chats.ts";
import { playCompletion } from "../testing/plays/completions.ts";
import { playEmbedding } from "../testing/plays/embeddings.ts";
import { playError } from "../testing/plays/errors.ts";
import { playForeign } from "../testing/plays/foreign.ts";
import { price, type Play, type Stage } from "../testing/plays/play.ts";
import { playRanking } from "../testing/plays/rankings.ts";
import { recordedFiles, variantFiles, type RecordedFile } from "../testing/recordings.ts";
import { runSahab } from "../testing/run-sahab.ts";

// Answers that vendors really sent, and variants of our own, played by a real server through the running program. What is compared
// with is read from the recording, and what clients get is read as their SDKs do; neither reader shares code with Sahab.

const ways = [playChat, playError, playCompletion, playEmbedding, playRanking, playForeign];
const playsOf = (files: readonly RecordedFile[]) => files.flatMap((file) => ways.flatMap((way) => way(file) ?? []));
// Requests of clients are played by a test of their own.
const recorded = recordedFiles().filter(({ kind }) => kind !== "request");
const variants = variantFiles();
const plays = playsOf([...recorded, ...variants]);

const outcomes = new Map<Play, Error | undefined>();
let vendor: FakeVendor;
let stage: Stage;

beforeAll(async () => {
  vendor = startFakeVendor(Object.fromEntries(plays.map(({ model, answer }) => [model, answer])));
  const sahab = await runSahab({
    config: {
      providers: [...new Set(plays.map(({ api }) => api))].map((api) => ({
        name: api,
        vendor: api === "messages" ? "anthropic" : "compatible",
        base_url: `http://127.0.0.1:${vendor.port}`,
        apis: [api],
      })),
      models: plays.map(({ model, api }) => ({ name: model, targets: [{ provider: api, model }], price })),
      projects: [{ name: "default" }],
    },
  });
  stage = { sahab, address: sahab.address, key: (await sahab.createKey()).key, records: [] };
  const waiting = [...plays];
  const work = async () => {
    for (let play = waiting.shift(); play; play = waiting.shift())
      outcomes.set(play, await play.check(stage).then(() => undefined, toError));
  };
  await Promise.all(Array.from({ length: 8 }, work));
  await stage.sahab.record(stage.records.at(-1)?.id ?? null);
  const found = new Map((await stage.sahab.records()).map((record) => [record.id, record]));
  for (const { model, id, check } of stage.records) {
    const play = plays.find((one) => one.model === model);
    const record = found.get(id ?? "");
    try {
      if (!record) throw new Error(`no record of ${id}`);
      check(record);
    } catch (error) {
      if (play && outcomes.get(play) === undefined) outcomes.set(play, toError(error));
    }
  }
}, 300_000);

afterAll(async () => {
  await stage?.sahab.close();
  await vendor?.stop();
});

describe.each([
  ["recorded", recorded],
  ["variants", variants],
] as const)("%s", (_name, files) => {
  for (const play of plays.filter(({ file }) => files.includes(file)))
    test(play.file.path, () => {
      expect(outcomes.has(play)).toBe(true);
      const problem = outcomes.get(play);
      if (problem) throw problem;
    });
});

test(`${recorded.length} recordings and ${variants.length} variants were played: every file there is`, () => {
  const played = new Set(plays.map(({ file }) => file));
  expect([...recorded, ...variants].filter((file) => !played.has(file)).map(({ path }) => path)).toEqual([]);
  expect(variants.length).toBeGreaterThan(10);
  expect(new Set(plays.map(({ model }) => model)).size).toBe(plays.length);
  if (existsSync(join(import.meta.dir, "../../../shared/recordings"))) expect(recorded.length).toBeGreaterThan(50);
});

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
