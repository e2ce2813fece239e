import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeVendor, wholeChat, type FakeVendor } from "../../../../../src/testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../../../../../src/testing/run-sahab.ts";
import type { ChatCall } from "../chat-request.ts";
import { sampleDialects, sampleLanguages, writeSample, type SampleDialect } from "./sample.ts";

// The programs run, and ask a real Sahab; its vendor, which speaks OpenAI's chat, tells what arrived.

/** All that may go wrong in a program's text: quotes, backslashes, ends of here-documents, other scripts, a lone surrogate. */
const nasty = `it's "quoted" \\n $HOME \`id\` $(id) \${x}\nJSON\n''' 云 سحاب \u2028 \u0000 </script>`;
const image = "data:image/png;base64,iVBORw0KGgo=";
const call: ChatCall = {
  model: "vendor/odd-name:1",
  system: nasty,
  parameters: { temperature: 0.5, top_p: 0.9, max_tokens: 64, json: true, reasoning_effort: "low" },
  history: [
    {
      role: "user",
      content: [
        { type: "image", url: image },
        { type: "text", text: nasty },
      ],
    },
    { role: "assistant", content: [{ type: "text", text: "Yes" }] },
    { role: "user", content: [{ type: "text", text: "And?" }] },
  ],
};
const plain: ChatCall = { model: "plain", system: "", parameters: {}, history: call.history.slice(-1) };

/** What the dialog says that a dialect leaves out. */
const withoutJson: ReadonlySet<SampleDialect> = new Set(["anthropic-messages"]);
const withoutEffort: ReadonlySet<SampleDialect> = new Set(["anthropic-messages", "gemini", "dashscope"]);

let vendor: FakeVendor;
let sahab: TestSahab;
let key = "";
// Beside the SDKs that the programs import.
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(import.meta.dir, ".samples-"));
  const models = [call.model, plain.model];
  vendor = startFakeVendor(Object.fromEntries(models.map((name) => [name, wholeChat("SAID")])));
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "sk-vendor" }],
      models: models.map((name) => ({
        name,
        targets: [{ provider: "fake", model: name }],
        price: { currency: "USD", input: 1, output: 1 },
      })),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.adminJson<{ key: string }>("/keys", { json: { name: "samples", project: "default" } }));
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const place = () => ({ address: sahab.address, keyVariable: "SAHAB_API_KEY" });

async function run(command: string[], stdin?: string): Promise<{ stdout: string; stderr: string }> {
  const child = Bun.spawn(command, {
    stdin: stdin === undefined ? "ignore" : new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, SAHAB_API_KEY: key },
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { stdout, stderr };
}

/** The vendor has received the whole call, once, and nothing else. */
function expectAsked(one: ChatCall, dialect: SampleDialect): void {
  const asked = vendor.calls.splice(0);
  expect(asked.map(({ body }) => body["model"])).toEqual([one.model]);
  const body = { ...asked[0]?.body };
  if (one === plain) {
    expect(body["messages"]).toEqual([{ role: "user", content: "And?" }]);
    for (const name of ["temperature", "top_p", "response_format", "reasoning_effort"])
      expect(body).not.toHaveProperty(name);
    return;
  }
  expect(body).toMatchObject({
    temperature: 0.5,
    top_p: 0.9,
    ...(!withoutJson.has(dialect) && { response_format: { type: "json_object" } }),
    ...(!withoutEffort.has(dialect) && { reasoning_effort: "low" }),
    messages: [
      { content: nasty },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: image } },
          { type: "text", text: nasty },
        ],
      },
      { role: "assistant", content: "Yes" },
      { role: "user" },
    ],
  });
  expect([body["max_tokens"], body["max_completion_tokens"]]).toContain(64);
  expect(JSON.stringify(body["messages"])).toContain("And?");
}

for (const dialect of sampleDialects) {
  test.skipIf(Bun.which("curl") === null)(`${dialect}: the line of curl sends the call`, async () => {
    for (const one of [call, plain]) {
      const { stdout } = await run(["sh", "-s"], writeSample(one, { ...place(), dialect, language: "curl" }));
      expect(stdout).toContain("SAID");
      expectAsked(one, dialect);
    }
  });

  test(`${dialect}: the TypeScript runs and sends the call`, async () => {
    for (const [at, one] of [call, plain].entries()) {
      const file = join(folder, `${dialect}-${at}.ts`);
      writeFileSync(file, writeSample(one, { ...place(), dialect, language: "typescript" }));
      const { stdout, stderr } = await run([process.execPath, file]);
      expect({ stdout, stderr }).toEqual({ stdout: "SAID\n", stderr: "" });
      expectAsked(one, dialect);
    }
  });

  // With the SDKs, the programs run in the tests of Python's SDKs.
  test.skipIf(Bun.which("python3") === null)(`${dialect}: the Python has the same values`, async () => {
    const sample = writeSample(call, { ...place(), dialect, language: "python" });
    // The arguments of the call are read as values.
    const program = `import ast, json, sys
tree = ast.parse(sys.stdin.read())
calls = [node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "answer"]
print(json.dumps({word.arg: ast.literal_eval(word.value) for word in calls[0].keywords}))`;
    const { stdout, stderr } = await run(["python3", "-c", program], sample);
    expect(stderr).toBe("");
    const values = JSON.stringify(JSON.parse(stdout));
    expect(values).toContain(JSON.stringify(nasty));
    expect(values).toContain("iVBORw0KGgo=");
    expect(values).toContain("0.5");
  });
}

test("nothing is asked for that was not chosen", () => {
  for (const dialect of sampleDialects)
    for (const language of sampleLanguages) {
      const sample = writeSample(plain, { ...place(), dialect, language });
      expect(sample).not.toMatch(/temperature|top_?p|system|instructions|reasoning|json_object|undefined|None/i);
    }
});
