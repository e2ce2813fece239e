import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, truncateSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { cleanFiles } from "./files/file-shelf.ts";

// Files with the official SDK.

const bounds = { filesMax: 12, bytesMax: 3_000_000 };
let gateway: GatewayInProcess;
let openai: OpenAI;
let offsetMs = 0;

beforeAll(async () => {
  const config = parseCloudConfig({
    projects: ["default", "other", "many", "large", "expiring"].map((name) => ({ name })),
  });
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  gateway = await startGateway(dialects, buildSnapshot({ dialects, localUpstream }, config), {
    clock: { now: () => Date.now() + offsetMs, monotonic: () => performance.now() },
    files: bounds,
  });
  openai = await clientOf("default");
});

afterAll(() => gateway?.close());

async function clientOf(project: string): Promise<OpenAI> {
  const apiKey = await gateway.createKey(project);
  return new OpenAI({ apiKey, baseURL: `${gateway.address}/v1`, maxRetries: 0 });
}

async function upload(content: string | Uint8Array, client = openai, fields: object = {}): Promise<OpenAI.FileObject> {
  const file = await toFile(Buffer.from(content), "input file.jsonl");
  return client.files.create({ file, purpose: "batch", ...fields });
}

const onDisk = () => readdirSync(gateway.filesDir);
const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => ({}),
    (error: unknown) => error as { status: number; code: string; message: string; param: string },
  );

describe("a file", () => {
  test("is given back as it was, and nothing of it can be read on the disk", async () => {
    const content = new Uint8Array(1_000_003).map((_, index) => (index * 7919) % 251);
    content.set(Buffer.from("a secret in the file"), 100);
    const made = await upload(content);
    expect(made).toMatchObject({
      object: "file",
      bytes: content.length,
      filename: "input file.jsonl",
      purpose: "batch",
      status: "processed",
    });
    expect((made.expires_at ?? 0) - made.created_at).toBe(30 * 24 * 3_600);
    expect(await openai.files.retrieve(made.id)).toMatchObject({ id: made.id, bytes: content.length });
    const back = new Uint8Array(await (await openai.files.content(made.id)).arrayBuffer());
    expect(Buffer.compare(back, content)).toBe(0);
    expect(readFileSync(join(gateway.filesDir, made.id)).includes("a secret")).toBe(false);
    expect(await openai.files.delete(made.id)).toEqual({ id: made.id, object: "file", deleted: true } as never);
    expect(onDisk()).not.toContain(made.id);
    for (const asked of [openai.files.retrieve(made.id), openai.files.content(made.id), openai.files.delete(made.id)])
      expect(await failureOf(asked)).toMatchObject({ status: 404, code: "not_found" });
  });

  test.each(["", "\r\n", "--", "\r\n--", "x".repeat(65_536), "a\r\n\r\nb\r\n"])(
    "may hold any bytes: %j",
    async (content) => {
      const { id, bytes } = await upload(content);
      expect(bytes).toBe(content.length);
      expect(await (await openai.files.content(id)).text()).toBe(content);
      await openai.files.delete(id);
    },
  );

  test.each([
    ['filename="\u8f93\u5165 1.jsonl"', "\u8f93\u5165 1.jsonl"],
    ["filename*=UTF-8''%E8%BE%93%E5%85%A5.jsonl", "\u8f93\u5165.jsonl"],
    ["filename*=UTF-8''%zz", "UTF-8''%zz"],
  ])("has the name that its client gave it: %s", async (said, name) => {
    const part = (head: string, text: string) => `--B\r\ncontent-disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
    const response = await fetch(`${gateway.address}/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${openai.apiKey}`, "content-type": "multipart/form-data; boundary=B" },
      body: `${part(`name="file"; ${said}`, "x")}${part('name="purpose"', "batch")}--B--`,
    });
    const made = (await response.json()) as OpenAI.FileObject;
    expect(made.filename).toBe(name);
    await openai.files.delete(made.id);
  });

  test("is listed in pages, either way, by purpose, and in its project alone", async () => {
    const client = await clientOf("other");
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await upload("x", client)).id);
    const other = await upload("y", client, { purpose: "user_data" });
    const list = async (query: OpenAI.FileListParams) => {
      const found: string[] = [];
      for await (const file of client.files.list(query)) found.push(file.id);
      return found;
    };
    expect(await list({ limit: 2, order: "asc" })).toEqual([...ids, other.id]);
    expect(await list({ limit: 2 })).toEqual([...ids, other.id].toReversed());
    expect(await list({ purpose: "batch", limit: 3 })).toEqual(ids.toReversed());
    expect(await list({ after: ids[3] ?? "", order: "asc" })).toEqual([ids[4] ?? "", other.id]);
    expect((await openai.files.list()).data).toEqual([]);
    for (const asked of [
      openai.files.retrieve(other.id),
      openai.files.content(other.id),
      openai.files.delete(other.id),
    ])
      expect(await failureOf(asked)).toMatchObject({ status: 404 });
    expect(await failureOf(client.files.list({ limit: 0 }))).toMatchObject({ status: 400, param: "limit" });
  });

  test("expires when it was asked to, and goes from the disk", async () => {
    const client = await clientOf("expiring");
    const made = await upload("x", client, { expires_after: { anchor: "created_at", seconds: 3_600 } });
    expect((made.expires_at ?? 0) - made.created_at).toBe(3_600);
    const kept = await upload("y", client);
    offsetMs = 3_601_000;
    expect(await failureOf(client.files.retrieve(made.id))).toMatchObject({ status: 404 });
    await gateway.sweepFiling();
    expect(onDisk()).not.toContain(made.id);
    expect(onDisk()).toContain(kept.id);
    offsetMs = 0;
    const wrong = upload("x", client, { expires_after: { anchor: "created_at", seconds: 60 } });
    expect(await failureOf(wrong)).toMatchObject({ status: 400, param: "expires_after.seconds" });
  });
});

describe("an upload is refused by name", () => {
  test("where the project has as many files or bytes as it may", async () => {
    const many = await clientOf("many");
    for (let index = 0; index < bounds.filesMax; index++) await upload("x", many);
    expect(await failureOf(upload("x", many))).toMatchObject({
      status: 400,
      message: expect.stringContaining("12 files") as string,
    });
    const large = await clientOf("large");
    await upload(new Uint8Array(2_000_000), large);
    const before = onDisk().length;
    expect(await failureOf(upload(new Uint8Array(1_500_000), large))).toMatchObject({
      status: 400,
      message: expect.stringContaining("3000000 bytes") as string,
    });
    expect(onDisk()).toHaveLength(before);
  });

  const boundary = "B";
  const form = (...parts: string[]) => `${parts.map((part) => `--B\r\n${part}\r\n`).join("")}--B--\r\n`;
  const file = 'content-disposition: form-data; name="file"; filename="a"\r\n\r\nhello';
  const purpose = 'content-disposition: form-data; name="purpose"\r\n\r\nbatch';
  test.each([
    ["no file", form(purpose), "file: expected a file"],
    ["no purpose", form(file), "purpose: expected one of"],
    ["another purpose", form(file, purpose.replace("batch", "nothing")), 'found "nothing"'],
    ["two files", form(file, file, purpose), "Expected one file"],
    ["a form that was cut", form(file, purpose).slice(0, -8), "it may have been cut off"],
    ["more behind its end", `${form(file, purpose)}more than white space`, "something follows"],
    ["no form", "hello", "does not begin with the boundary"],
  ])("%s", async (_, body, message) => {
    const before = onDisk().length;
    const response = await fetch(`${gateway.address}/v1/files`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${openai.apiKey}`,
        "content-type": `multipart/form-data; boundary=${boundary}`,
      },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(message.replaceAll('"', '\\"'));
    expect(onDisk()).toHaveLength(before);
  });

  test("of another type, with a coding, or without a key", async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${gateway.address}/v1/files`, { method: "POST", headers, body: "{}" });
    const authorization = `Bearer ${openai.apiKey}`;
    expect((await send({ authorization, "content-type": "application/json" })).status).toBe(400);
    const type = { "content-type": "multipart/form-data; boundary=B" };
    expect((await send({ authorization, ...type, "content-encoding": "gzip" })).status).toBe(415);
    expect((await send(type)).status).toBe(401);
  });
});

test("an upload whose client leaves in the middle leaves nothing", async () => {
  const before = onDisk().length;
  const leave = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('--B\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'));
      controller.enqueue(new Uint8Array(300_000));
    },
  });
  const sending = fetch(`${gateway.address}/v1/files`, {
    method: "POST",
    headers: { authorization: `Bearer ${openai.apiKey}`, "content-type": "multipart/form-data; boundary=B" },
    body,
    signal: leave.signal,
  }).catch(() => undefined);
  await eventually("the beginning is there", () => onDisk().length === before + 1);
  leave.abort();
  await sending;
  await eventually("nothing is left", () => onDisk().length === before);
});

test("a file that is damaged is cut, so that it does not look whole", async () => {
  const { id } = await upload(new Uint8Array(200_000));
  truncateSync(join(gateway.filesDir, id), 100_000);
  const read = openai.files.content(id).then((response) => response.arrayBuffer());
  expect(await failureOf(read)).not.toEqual({} as never);
});

test("what the store does not know goes from the disk, and files without content are forgotten", async () => {
  const [lost, kept] = [await upload("x"), await upload("y")];
  unlinkSync(join(gateway.filesDir, lost.id));
  await Bun.write(join(gateway.filesDir, "file-half"), "half an upload");
  await Bun.write(join(gateway.filesDir, "batch_ended.0123"), "results of a batch that has ended");
  expect(await cleanFiles(gateway.store, gateway.filesDir)).toEqual({ removed: 2, lost: 1 });
  expect(onDisk()).toContain(kept.id);
  expect(await failureOf(openai.files.retrieve(lost.id))).toMatchObject({ status: 404 });
});
