import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatCall } from "../chat-request.ts";
import { sampleDialects, sampleLanguages, writeSample } from "./sample.ts";

/** All that may go wrong in a program's text: quotes, backslashes, ends of here-documents, other scripts, a lone surrogate. */
const nasty = `it's "quoted" \\n $HOME \`id\` $(id) \${x}\nJSON\n''' 云 سحاب \u2028 \u0000 </script>`;
const image = "data:image/png;base64,iVBORw0KGgo=";
const call: ChatCall = {
  model: "vendor/odd 'name'",
  system: nasty,
  parameters: { temperature: 0.5, top_p: 1, max_tokens: 64, json: true, reasoning_effort: "low" },
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
const plain: ChatCall = { model: "nano", system: "", parameters: {}, history: call.history.slice(-1) };

interface Seen {
  path: string;
  key: string;
  body: Record<string, unknown>;
}
let seen: Seen[] = [];
const answers: [RegExp, object][] = [
  [
    /chat\/completions$/,
    { id: "1", object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", content: "SAID" } }] },
  ],
  [
    /responses$/,
    {
      id: "1",
      object: "response",
      output: [
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "SAID", annotations: [] }] },
      ],
    },
  ],
  [/messages$/, { id: "1", type: "message", role: "assistant", content: [{ type: "text", text: "SAID" }] }],
  [/generateContent$/, { candidates: [{ content: { role: "model", parts: [{ text: "SAID" }] } }] }],
];
/** Plays Sahab, as the SDKs see it. */
const server = Bun.serve({
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { headers } = request;
    const key = headers.get("authorization") ?? headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? "";
    seen.push({
      path: pathname,
      key: key.replace("Bearer ", ""),
      body: (await request.json()) as Record<string, unknown>,
    });
    const [, answer] = answers.find(([path]) => path.test(pathname)) ?? [];
    return answer ? Response.json(answer) : new Response("", { status: 404 });
  },
});
// Beside the SDKs that the programs import.
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(import.meta.dir, ".samples-"));
});
afterAll(async () => {
  await server.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

const place = () => ({ address: `http://127.0.0.1:${server.port}`, keyVariable: "SAHAB_API_KEY" });

async function run(command: string[], stdin?: string): Promise<{ stdout: string; stderr: string }> {
  const child = Bun.spawn(command, {
    stdin: stdin === undefined ? "ignore" : new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, SAHAB_API_KEY: "sk-of-the-sample" },
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { stdout, stderr };
}

/** What reached the server, where the SDK may spell it another way. */
function bodySeen(): { path: string; key: string; text: string } {
  const [one] = seen;
  if (!one) throw new Error("nothing reached the server");
  return { path: one.path, key: one.key, text: JSON.stringify(one.body) };
}

for (const dialect of sampleDialects) {
  test.skipIf(Bun.which("curl") === null)(`${dialect}: the line of curl sends the call`, async () => {
    for (const one of [call, plain]) {
      seen = [];
      const { stderr } = await run(["sh", "-s"], writeSample(one, { ...place(), dialect, language: "curl" }));
      const { path, key, text } = bodySeen();
      expect({ path, key, stderr: stderr.includes("error") }).toMatchObject({ key: "sk-of-the-sample", stderr: false });
      expect(text).toContain(JSON.stringify(one === call ? nasty : "And?"));
    }
  });

  test(`${dialect}: the TypeScript runs with the official SDK and sends what curl sends`, async () => {
    for (const [at, one] of [call, plain].entries()) {
      seen = [];
      const file = join(folder, `${dialect}-${at}.ts`);
      writeFileSync(file, writeSample(one, { ...place(), dialect, language: "typescript" }));
      const { stdout, stderr } = await run([process.execPath, file]);
      expect({ stdout, stderr }).toEqual({ stdout: "SAID\n", stderr: "" });
      const { key, text } = bodySeen();
      expect(key).toBe("sk-of-the-sample");
      expect(text).toContain(JSON.stringify(one === call ? nasty : "And?"));
      if (one === call) expect(text).toContain("iVBORw0KGgo=");
    }
  });

  test.skipIf(Bun.which("python3") === null)(`${dialect}: the Python has the same values`, async () => {
    const sample = writeSample(call, { ...place(), dialect, language: "python" });
    // The SDKs of Python may not be installed: the program is parsed, and the arguments of its last call are read as values.
    const program = `import ast, json, sys
tree = ast.parse(sys.stdin.read())
calls = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "answer"]
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
