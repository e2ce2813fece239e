import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagesError, messagesUsage } from "../testing/fake-anthropic.ts";
import { startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// What a vendor wants back of the last turn is there after whatever may come between two turns.

const thinking = { type: "thinking", thinking: "The secret thought.", signature: "dGhlIHByb29m" };
const use = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Riyadh" } };

/** Calls a tool, and then wants its signed thought back. */
const strict: Script = ({ body }) => {
  const [, turn] = body["messages"] as { content: unknown[] }[];
  if (turn && !Bun.deepEquals(turn.content[0], thinking))
    return messagesError(400, "invalid_request_error", "Expected `thinking`");
  const content = turn ? [{ type: "text", text: "Hot." }] : [thinking, use];
  const stop_reason = turn ? "end_turn" : "tool_use";
  return Response.json({
    id: "m",
    type: "message",
    role: "assistant",
    model: "m",
    content,
    stop_reason,
    usage: messagesUsage,
  });
};

const folder = makeTemporaryFolder();
let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ strict });
  sahab = await runSahab({
    config: {
      providers: [{ name: "ant", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}`, api_key: "k" }],
      models: [
        {
          name: "strict",
          targets: [{ provider: "ant", model: "strict" }],
          price: { currency: "USD", input: 1, output: 2 },
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

const user = { role: "user", content: "Weather?" };
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];

async function ask(
  server: TestSahab,
  messages: object[],
): Promise<{ status: number; message: Record<string, unknown> }> {
  const response = await server.call("/v1/chat/completions", { model: "strict", tools, messages });
  const body = (await response.json()) as { choices?: { message: Record<string, unknown> }[] };
  return { status: response.status, message: body.choices?.[0]?.message ?? {} };
}

/** The second turn, from a client that knows nothing of reasoning. */
async function expectGoesOn(server: TestSahab, first: Record<string, unknown>): Promise<void> {
  const turn = [
    { role: "assistant", content: null, tool_calls: first["tool_calls"] },
    { role: "tool", tool_call_id: use.id, content: "41 °C" },
  ];
  expect(await ask(server, [user, ...turn])).toMatchObject({ status: 200, message: { content: "Hot." } });
}

test("a kill right after the answer, a new master key, and a backup that is restored elsewhere", async () => {
  const { message: first } = await ask(sahab, [user]);
  await sahab.kill();
  const bytes = readdirSync(sahab.dataDir)
    .filter((name) => name.startsWith("sahab.db"))
    .map((name) => readFileSync(join(sahab.dataDir, name)).toString("latin1"))
    .join("");
  for (const text of [thinking.thinking, thinking.signature]) expect(bytes).not.toContain(text);
  await sahab.start();
  await expectGoesOn(sahab, first);

  expect(await sahab.command(["rotate", "master"])).toMatchObject({ status: 0 });
  await sahab.restart();
  await expectGoesOn(sahab, first);

  const passphrase = join(folder, "passphrase");
  writeFileSync(passphrase, "a passphrase for the tests\n");
  const file = join(folder, "sahab.age");
  expect(await sahab.command(["backup", file, "--passphrase-file", passphrase])).toMatchObject({ status: 0 });
  const restored = join(folder, "restored");
  const restoring = await sahab.command(["restore", file, "--passphrase-file", passphrase], {
    env: { SAHAB_DATA: restored },
  });
  expect(restoring).toMatchObject({ status: 0 });
  const other = await runSahab({ dataDir: restored });
  try {
    await expectGoesOn(other, first);
  } finally {
    await other.close();
  }
});
