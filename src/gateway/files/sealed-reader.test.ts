import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { createByteSealer } from "../../base/seal.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { createSealed, SealedReader } from "./sealed-file.ts";

const folder = makeTemporaryFolder();
const sealer = createByteSealer(randomBytes(32).toString("base64"));
afterAll(() => removeTemporaryFolder(folder));

async function write(name: string, parts: readonly Buffer[]) {
  const place = { path: join(folder, name), name, sealer };
  const writer = await createSealed(place);
  for (const part of parts) await writer.add(part);
  await writer.finish();
  return place;
}

test("any part of a file is read, in whatever order and over whatever pieces", async () => {
  const parts = [10, 70_000, 0, 1, 64 * 1024, 5, 300_000, 7].map((bytes) => randomBytes(bytes));
  const whole = Buffer.concat(parts);
  const reader = await SealedReader.open(await write("one", parts));
  let start = 0;
  const places = parts.map((part) => ({ start: (start += part.length) - part.length, part }));
  for (const { start: at, part } of [...places, ...places.toReversed()])
    expect((await reader.read(at, part.length)).equals(part)).toBe(true);
  expect((await reader.read(0, whole.length)).equals(whole)).toBe(true);
  expect(reader.read(whole.length - 1, 2)).rejects.toThrow("shorter");
  await reader.close();
});

test("a file that has lost its end says so", async () => {
  const place = await write("two", [randomBytes(200_000)]);
  truncateSync(place.path, 150_000);
  const reader = await SealedReader.open(place);
  expect((await reader.read(0, 1_000)).length).toBe(1_000);
  expect(reader.read(140_000, 20_000)).rejects.toThrow();
  await reader.close();
});
