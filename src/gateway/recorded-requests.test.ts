import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { recordedFiles } from "../testing/recordings.ts";
import { readAnswer } from "../testing/wire/ask.ts";
import { findField, plain, readRequest } from "../testing/wire/client-request.ts";
import type { Asked } from "../testing/wire/asked.ts";
import { checkAsked } from "../testing/wire/check-cell.ts";
import { list, string } from "../testing/wire/json.ts";
import { Proofs } from "../testing/wire/kit.ts";
import { nothingSaid } from "../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../testing/wire/start-wire.ts";

// What coding agents really sent, asked of each kind of vendor: it is taken, and the vendor is asked for all of it.

const excerpts = [
  {
    name: "excerpt: a turn of Codex",
    request: excerpt("/v1/responses", {
      model: "chat",
      stream: true,
      store: false,
      input: [
        { type: "message", id: "msg_1", role: "developer", content: [{ type: "input_text", text: "Rules" }] },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Create hello.txt" }] },
        { type: "function_call", id: "fc_1", status: "completed", call_id: "c1", name: "run", arguments: '{"a":1}' },
        { type: "function_call_output", id: "fco_1", call_id: "c1", output: "done" },
      ],
      tools: [
        { type: "function", name: "run", description: "Runs", strict: false, parameters: { type: "object" } },
        {
          type: "namespace",
          name: "agents",
          description: "Others",
          tools: [
            { type: "function", name: "ask", description: "Asks", strict: false, parameters: { type: "object" } },
          ],
        },
        { type: "web_search", external_web_access: true },
      ],
      tool_choice: "auto",
      parallel_tool_calls: true,
      reasoning: { summary: "auto" },
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: "k",
      client_metadata: { thread_id: "t" },
    }),
  },
  {
    name: "excerpt: a turn of Gemini CLI",
    request: excerpt("/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse", {
      contents: [
        { role: "user", parts: [{ text: "Here" }, { text: "Create hello.txt" }] },
        {
          role: "model",
          parts: [{ functionCall: { id: "w_0", name: "write", args: { a: "hi" } }, thoughtSignature: "c2ln" }],
        },
        { role: "user", parts: [{ functionResponse: { id: "w_0", name: "write", response: { output: "done" } } }] },
      ],
      systemInstruction: { role: "user", parts: [{ text: "Rules" }] },
      tools: [
        { functionDeclarations: [{ name: "write", description: "Writes", parametersJsonSchema: { type: "object" } }] },
      ],
      generationConfig: {
        temperature: 1,
        topP: 0.95,
        topK: 64,
        thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" },
      },
    }),
  },
];

const recorded = recordedFiles("request");
const requests = [...recorded.map(({ path, text }) => ({ name: path, request: text })), ...excerpts].map(
  ({ name, request }) => ({ name, request: readRequest(request) }),
);
const cells = requests.flatMap(({ name, request }, index) =>
  spokenKits.map((vendor) => ({ name, request, vendor, model: `${index}-${vendor.api}` })),
);
const said = { ...nothingSaid(), text: "It is done.", stop: "stop" as const };

let wire: Wire;

beforeAll(async () => {
  wire = await startWire(
    cells.map(({ model, vendor, request }) => {
      const proofs = new Proofs();
      for (const proof of request.proofs) proofs.learn(proof, "");
      const isOwn = vendor === request.client;
      return {
        name: model,
        vendor,
        script: { answers: [said], proofs, ...(isOwn && { takesAnything: true as const }) },
      };
    }),
    { vendors: { chat: "openai", responses: "openai", messages: "anthropic" } },
  );
});

afterAll(() => wire?.close());

describe.each(requests)("$name", ({ name }) => {
  for (const cell of cells.filter((one) => one.name === name))
    test(`→ ${cell.vendor.api}`, async () => {
      const { request, vendor, model } = cell;
      const { client, asked } = request;
      const server = wire.serverOf(vendor);
      const { path, headers, body } = request.to(model, wire.key);
      const response = await fetch(wire.address + path, { method: "POST", headers, body: JSON.stringify(body) });
      const text = await response.text();
      expect({
        status: response.status,
        text: response.status === 200 ? "" : text,
        refused: server.refusedFor(model),
      }).toEqual({
        status: 200,
        text: "",
        refused: [],
      });
      const answer = { status: 200, headers: response.headers, text };
      const got = readAnswer(client, { ...asked, model }, answer);
      expect({ text: got.said.text, isWhole: got.isWhole, error: got.error }).toEqual({
        text: said.text,
        isWhole: true,
        error: undefined,
      });
      const [sent = {}] = server.bodiesFor(model);
      if (vendor === client) {
        expect({ ...sent, model: "" }).toEqual({ ...body, model: "" });
        expect(got.dropped).toEqual([]);
        return;
      }
      // Where the thoughts before a call have no proof of its own, Anthropic refuses to let the model think on.
      const isUnproven = vendor.name === "anthropic-messages" && request.proofs.length > 0;
      const stated = request.hasNoEffort || isUnproven ? { lost: ["thinks" as const] } : {};
      const [found] = server.askedFor(model);
      checkAsked({ stated, client, vendor }, found && withoutSeams(found), withoutSeams(asked));
      // What a namespace is for is said with its first tool.
      for (const { type, description } of list(body["tools"]))
        if (type === "namespace") expect(JSON.stringify(found?.tools)).toContain(string(description));
      for (const [field, value] of request.sampling)
        if (!got.dropped.some((dropped) => plain(dropped).endsWith(plain(field))))
          expect([field, findField(sent, field)]).toEqual([field, value]);
    });
});

test(`${recorded.length} requests of clients and ${excerpts.length} excerpts were sent: every file there is`, () => {
  expect(recorded.filter(({ text }) => !text.includes('"body"')).map(({ path }) => path)).toEqual([]);
  if (existsSync(join(import.meta.dir, "../../../shared/recordings"))) expect(recorded.length).toBeGreaterThan(5);
});

/** Texts of a system prompt may be joined in any way, and the first tool of a namespace says what that is for. */
function withoutSeams(asked: Asked): Asked {
  const { system, tools } = asked;
  return {
    ...asked,
    ...(system !== undefined && { system: system.replaceAll("\n", "") }),
    tools: tools.map((tool) => ({ ...tool, description: tool.description?.replace(/\n\nAll tools of .*/s, "") ?? "" })),
  };
}

function excerpt(path: string, body: object): string {
  return JSON.stringify({ method: "POST", path, headers: { "user-agent": "excerpt" }, body });
}
