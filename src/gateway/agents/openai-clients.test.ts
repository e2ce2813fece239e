import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readAnswer } from "../../testing/wire/ask.ts";
import { itemsOf } from "../../testing/wire/asked.ts";
import { Proofs, type Script } from "../../testing/wire/kit.ts";
import { nothingSaid } from "../../testing/wire/said.ts";
import { spokenKits, startWire, type Wire } from "../../testing/wire/start-wire.ts";
import { programRequests } from "./openai-client-requests.ts";

// Programs that speak OpenAI's chat dialect to whatever server they are given, over vendors of each dialect.

const said = { ...nothingSaid(), text: "It says abc.", stop: "stop" as const };
const script = (more: Partial<Script> = {}): Script => ({ answers: [said], proofs: new Proofs(), ...more });
const chatKit = spokenKits.find(({ api }) => api === "chat");
const cells = programRequests.flatMap((request, index) =>
  spokenKits.map((vendor) => ({ request, vendor, model: `${index}-${vendor.api}` })),
);

let wire: Wire;
beforeAll(async () => {
  // A vendor of the client's own dialect may know more than its documents say.
  const models = cells.map(({ model, vendor }) => ({
    name: model,
    vendor,
    script: script(vendor === chatKit ? { takesAnything: true } : {}),
  }));
  wire = await startWire(models);
});
afterAll(() => wire?.close());

describe.each(programRequests)("$program", (request) => {
  test.each(cells.filter((cell) => cell.request === request))("→ $vendor.api", async ({ vendor, model }) => {
    const { headers, body, foreign } = request;
    const response = await fetch(`${wire.address}/v1/chat/completions`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${wire.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, ...body }),
    });
    const text = await response.text();
    const server = wire.serverOf(vendor);
    expect([response.status, response.ok ? "" : text, server.refusedFor(model)]).toEqual([200, "", []]);
    const asked = { model, stream: true, turns: [], tools: [], stop: [] };
    const got = readAnswer(chatKit ?? vendor, asked, { status: 200, headers: response.headers, text });
    expect([got.said.text, got.isWhole, got.error]).toEqual([said.text, true, undefined]);
    const [sent] = server.bodiesFor(model);
    const all = JSON.stringify(sent);
    // What a program tells of its user goes to nobody.
    for (const secret of ["alice@example.org", "Alice%20Example", "sk-of-another-header"])
      expect(all).not.toContain(secret);
    if (vendor === chatKit) return;
    for (const field of foreign) {
      expect(all).not.toContain(`"${field}"`);
      expect([field, got.dropped.some((path) => path.split(/[.[]/).includes(field))]).toEqual([field, true]);
    }
    const [found] = server.askedFor(model);
    expect(found?.system).toBe("Rules");
    const items = itemsOf(found?.turns ?? []);
    expect(items.map(({ who }) => who)).toEqual(
      body["tools"] ? ["user", "call", "result"] : ["user", "assistant", "user"],
    );
    expect(items[0]).toMatchObject({ text: "Read a.txt" });
    if (body["tools"]) expect(items.slice(1)).toMatchObject([{ arguments: { path: "a.txt" } }, { text: "abc" }]);
  });
});
