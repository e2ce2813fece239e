import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { TestSahab, type Applied } from "../testing/run-sahab.ts";

// Prompts and answers of the real program: kept for the projects that ask for it, masked and sealed, and for nobody else.

let vendor: FakeVendor;
let sahab: TestSahab;
let applied: Applied;
const keys: Record<string, string> = {};

const cardNumber = "4111 1111 1111 1111";
const apiKey = `sk-proj-${"Ab1".repeat(12)}`;
const prompt = `weatherword: I am ann@example.com, 13812345678, ${cardNumber}, ${apiKey}, T-77, at 10.0.0.9`;
const picture = `data:image/png;base64,${"iVBORw0K".repeat(60)}`;

beforeAll(async () => {
  // The address is cut between the events.
  vendor = startFakeVendor({ m: chat(["Write to bo", "b@exam", "ple.com about answerword"]) });
  sahab = new TestSahab({ env: { SAHAB_LOG: "info" } });
  await sahab.start();
  const mask = ["email", "phone", "card", "key", { name: "ticket", pattern: "T-[0-9]+" }];
  applied = await sahab.apply({
    ...oneModelConfig(vendor.url, "m"),
    projects: [
      { name: "default" },
      { name: "team/kept", content_log: { retention_days: 7, mask } },
      { name: "rare", content_log: { retention_days: 1, sample: 1e-9 } },
    ],
  });
  for (const project of ["default", "team/kept", "rare"])
    keys[project] = (await sahab.createKey({ name: project, project })).key;
});

afterAll(async () => {
  await sahab.close();
  await vendor.stop();
});

async function ask(project: string, fields: object = {}): Promise<string> {
  const content = [
    { type: "text", text: prompt },
    { type: "image_url", image_url: { url: picture } },
  ];
  const answer = await fetch(`${sahab.address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${keys[project]}` },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content }], user: "eve@example.com", ...fields }),
  });
  await answer.text();
  return answer.headers.get("x-request-id") ?? "";
}

const read = (id: string) => sahab.admin(`/requests/${id}/content`);

async function kept(id: string): Promise<Record<string, unknown>> {
  return eventually(`the text of ${id}`, async () => {
    const response = await read(id);
    return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
  });
}

function files(): string[] {
  const dir = join(sahab.dataDir, "content");
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

test("apply says plainly that text is kept, and the admin API shows it", async () => {
  expect(applied.warnings.filter((line) => line.includes("KEEPS TEXT"))).toHaveLength(2);
  expect(applied.warnings.join("\n")).toContain("email, phone, card, key, ticket");
  const { projects } = await sahab.adminJson<{ projects: object[] }>("/content-log");
  expect(projects).toMatchObject([
    { project: "rare", is_on: true, retention_days: 1 },
    { project: "team/kept", is_on: true, retention_days: 7, sample: 1 },
  ]);
  const exported = await sahab.adminJson<{ projects: object[] }>("/config");
  expect(exported.projects).toContainEqual(
    expect.objectContaining({ name: "rare", content_log: { retention_days: 1, sample: 1e-9 } }),
  );
  for (const wrong of [{}, { retention_days: 0 }, { retention_days: 7, mask: [{ name: "x", pattern: "(?=a)" }] }]) {
    const json = { ...oneModelConfig(vendor.url, "m"), projects: [{ name: "default", content_log: wrong }] };
    const refused = await sahab.admin("/apply?prune=1", { json });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("content_log");
  }
});

test("prompt and answer are kept masked, a stream put together, media as their type and size", async () => {
  for (const stream of [false, true]) {
    const text = await kept(await ask("team/kept", { stream }));
    expect(text).toMatchObject({ project: "team/kept", model: "m", outcome: "ok", operation: "chat" });
    expect(text["request"]).toEqual({
      model: "m",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "weatherword: I am [email], [phone], [card], [key], [ticket], at 10.0.0.9" },
            { type: "image_url", image_url: { url: "[image/png, 360 bytes]" } },
          ],
        },
      ],
      user: "[email]",
      stream,
    });
    expect(text["answer"]).toEqual({
      choices: [{ parts: [{ type: "text", text: "Write to [email] about answerword" }], finish: "stop" }],
      isCut: false,
    });
  }
});

test("the command shows it to people", async () => {
  const id = await ask("team/kept");
  await kept(id);
  const shown = await sahab.command(["requests", "show", id.slice(0, -4), "--content"]);
  expect(shown).toMatchObject({ status: 0, stderr: "" });
  expect(shown.stdout).toContain("Answer:\nWrite to [email] about answerword\n(finish: stop)");
  const json = await sahab.command(["requests", "show", id, "--content", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ id, content: { answer: { choices: [{ finish: "stop" }] } } });
  expect((await sahab.command(["requests", "show", id])).stdout).not.toContain("answerword");
});

test("files are sealed and the owner's alone, and the ordinary log has no text", async () => {
  await kept(await ask("team/kept"));
  const paths = files();
  expect(paths).toHaveLength(1);
  for (const path of paths) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(path, "latin1");
    for (const word of ["weatherword", "answerword", "example.com"]) expect(bytes).not.toContain(word);
    expect(bytes).not.toContain(Buffer.from("weatherword").toString("base64").slice(0, 12));
  }
  for (const word of ["weatherword", "answerword"]) expect(sahab.logs()).not.toContain(word);
});

test("projects that did not ask for it, and requests that were not sampled, have none", async () => {
  for (const project of ["default", "rare"]) {
    const id = await ask(project);
    // What was asked for later is there already.
    await kept(await ask("team/kept"));
    const response = await read(id);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("content_log");
  }
});

test("only admins read it, and each reading is logged", async () => {
  const id = await ask("team/kept");
  await kept(id);
  const refused = await fetch(`${sahab.address}/admin/v1/requests/${id}/content`, {
    headers: { authorization: `Bearer ${keys["team/kept"]}` },
  });
  expect(refused.status).toBe(403);
  const line = await sahab.logged("text of a request was read", id, '"found":true');
  expect(JSON.parse(line)).toMatchObject({ level: "warn", request: id, project: "team/kept", key_id: "admin" });
  await sahab.kill();
  await sahab.start({ SAHAB_LOG: "silent" });
  const before = sahab.logs().length;
  expect((await read(id)).status).toBe(200);
  await eventually("the line of the reading", () => sahab.logs().slice(before).includes("text of a request was read"));
  await sahab.restart();
});

test("it is read after a new master key and a restart", async () => {
  const id = await ask("team/kept");
  const before = await kept(id);
  expect((await sahab.command(["rotate", "master"])).stderr).toBe("");
  await sahab.restart();
  expect(await kept(id)).toEqual(before);
  // A part of a line that a crash left does not spoil the next one.
  const after = await ask("team/kept");
  expect(await kept(after)).toMatchObject({ id: after });
});
