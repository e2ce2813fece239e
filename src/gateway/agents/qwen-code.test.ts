import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askQwenCode, nextMessages, qwenRequest, withAlibabaFields } from "../../testing/agents/qwen-code.ts";
import { Proofs, type Script } from "../../testing/wire/kit.ts";
import { nothingSaid, type Said } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";

// Qwen Code speaks OpenAI's chat with fields of Alibaba's beside it: over vendors of each dialect, two turns with thoughts and a tool.

const usage = { input: 120, cached: 0, output: 30, reasoning: 12 };
const say = (fields: Partial<Said>): Said => ({ ...nothingSaid(), stop: "stop", usage, ...fields });
const thought = "A file is wanted.\nIt is written.";
const call = { id: "call_1", name: "write_file", arguments: { file_path: "/a", content: "hi" } };

let wire: Wire;

beforeAll(async () => {
  wire = await startWire(
    spokenKits.map((vendor) => {
      const script: Script = {
        answers: [say({ reasoning: thought, calls: [call], stop: "tool-calls" }), say({ text: "It is there." })],
        proofs: new Proofs(),
        thinks: true,
      };
      return { name: `works-${vendor.api}`, vendor, script };
    }),
  );
});

afterAll(() => wire?.close());

describe.each(spokenKits)("over a vendor of $api", (vendor) => {
  const model = `works-${vendor.api}`;
  const server = () => wire.serverOf(vendor);

  test("two turns with thoughts and a tool", async () => {
    const first = await askQwenCode(wire, qwenRequest(model, []));
    expect({ status: first.status, refused: server().refusedFor(model) }).toEqual({ status: 200, refused: [] });
    expect([first.reasoning, first.finish]).toEqual([thought, "tool_calls"]);
    expect(first.calls.map(({ name, arguments: json }) => [name, JSON.parse(json) as unknown])).toEqual([
      [call.name, call.arguments],
    ]);
    expect(first.usage).toMatchObject({ prompt_tokens: 120, completion_tokens: 30 });

    const next = qwenRequest(model, nextMessages(first));
    const second = await askQwenCode(wire, next);
    expect({ text: second.text, refused: server().refusedFor(model) }).toEqual({ text: "It is there.", refused: [] });
    const asked = server().askedFor(model).at(-1);
    expect(asked?.turns.at(-1)).toMatchObject({ role: "tool", results: [{ text: "written" }] });
    if (vendor.api === "chat") expect(server().bodiesFor(model).at(-1)?.["messages"]).toEqual(next["messages"]);
  });

  test("what it adds for Alibaba is carried or named", async () => {
    // A server of its own dialect is given the bytes, and judges their fields itself.
    if (vendor.api === "chat") return;
    const { status, headers } = await askQwenCode(wire, withAlibabaFields(qwenRequest(model, [])));
    expect([status, server().refusedFor(model)]).toEqual([200, []]);
    expect(headers.get("x-sahab-dropped")?.split(",")).toEqual(
      expect.arrayContaining(["metadata", "vl_high_resolution_images"]),
    );
    const sent = JSON.stringify(server().bodiesFor(model).at(-1));
    expect(sent.includes("cache_control")).toBe(["messages", "dashscope"].includes(vendor.api));
  });
});
