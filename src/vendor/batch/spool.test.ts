import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { cutLines } from "./cut-lines.ts";
import { Spool } from "./spool.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

async function read(spool: Spool): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of spool.read()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test("what was spooled can be read several times, and none of it is on the disk as it is", async () => {
  const spool = await Spool.open(folder);
  const text = "a prompt that nobody may find ".repeat(10_000);
  for (let at = 0; at < text.length; at += 777)
    await spool.append([text.slice(at, at + 700), Buffer.from(text.slice(at + 700, at + 777))]);
  expect(spool.bytes).toBe(text.length);
  expect(await read(spool)).toBe(text);
  expect(await read(spool)).toBe(text);
  expect(readdirSync(folder)).toEqual([]);
  const open = readdirSync("/proc/self/fd").find((name) => linkOf(name).startsWith(`${folder}/spool-`));
  const written = readFileSync(`/proc/self/fd/${open ?? "?"}`);
  expect(written.length).toBe(text.length);
  expect(written.includes("prompt")).toBe(false);
  await spool.close();
});

/** Descriptors come and go. */
function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return "";
  }
}

async function cut(pieces: readonly string[], lineBytesMax?: number): Promise<(string | undefined)[]> {
  async function* give() {
    for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
  }
  const lines: (string | undefined)[] = [];
  for await (const line of cutLines(give(), lineBytesMax)) lines.push(line?.toString());
  return lines;
}

test("lines are found wherever the network has cut them", async () => {
  const text = "one\r\n\ntwo\nthrée\n\r\nlast";
  const bytes = [...Buffer.from(text)].map((byte) => String.fromCharCode(byte));
  expect(await cut([text])).toEqual(["one", "two", "thrée", "last"]);
  const apart = await cut(bytes.map((byte) => byte));
  expect(apart[0]).toBe("one");
  expect(apart).toHaveLength(4);
  expect(await cut([])).toEqual([]);
});

test("a line beyond the bound is none, and those after it are read", async () => {
  expect(await cut(["abc\nabc", "def", "ghi\nxyz\n", "0123456789"], 6)).toEqual(["abc", undefined, "xyz", undefined]);
});
