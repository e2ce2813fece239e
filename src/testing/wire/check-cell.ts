import { expect } from "bun:test";
import { ask } from "./ask.ts";
import { itemsOf, type Asked, type Item, type Turn } from "./asked.ts";
import type { Feature } from "./features.ts";
import type { Kit } from "./kit.ts";
import type { Got, Said } from "./said.ts";
import type { Stated } from "./stated.ts";
import type { VendorServer } from "./vendor-server.ts";

export interface CellToCheck {
  client: Kit;
  vendor: Kit;
  feature: Feature;
  model: string;
  server: VendorServer;
  stated: Stated;
  sahab: { address: string; key: string };
}

/** Plays a feature through a pair. Throws what differs from what is stated, with all that is known of it. */
export async function checkCell(cell: CellToCheck): Promise<void> {
  const { feature, stated, client } = cell;
  if (stated.isUnsayable) {
    expect<readonly string[] | undefined>(client.client.cannotSay).toContain(feature.name);
    return;
  }
  for (const form of feature.forms) {
    const asked: Asked = { ...feature.asked, model: cell.model, stream: form === "stream" };
    try {
      await checkForm(cell, asked);
    } catch (error) {
      const refused = cell.server.refusedFor(cell.model);
      const hint = refused.length > 0 ? `\nthe vendor refused: ${refused.join("; ")}` : "";
      throw new Error(`${form}: ${error instanceof Error ? error.message : String(error)}${hint}`, { cause: error });
    }
  }
}

async function checkForm(cell: CellToCheck, asked: Asked): Promise<void> {
  const { client, feature, stated, server, sahab } = cell;
  const got = await ask(client, asked, sahab);
  if (stated.refused !== undefined) {
    expect({ status: got.status, message: got.error?.message }).toEqual({
      status: 400,
      message: expect.stringContaining(stated.refused),
    });
    return;
  }
  if (feature.expected === "error") {
    checkError(cell, got);
    return;
  }
  const [first, second = first] = feature.script.answers;
  if (!first || !second) throw new Error("a feature has an answer");
  if (feature.expected === "cut") {
    checkCut(got, first);
    return;
  }
  checkSaid(cell, got, first);
  checkAsked(cell, server.askedFor(cell.model).at(-1), asked);
  expect({ dropped: got.dropped.toSorted() }).toEqual({ dropped: [...(stated.dropped ?? [])].toSorted() });
  if (!feature.hasSecondTurn) return;
  const next: Asked = { ...asked, turns: [...asked.turns, ...secondTurn(client, got, first)] };
  const after = await ask(client, next, sahab);
  checkSaid(cell, after, second);
  const later = [...(stated.dropped ?? []), ...(stated.droppedLater ?? [])];
  expect({ droppedLater: after.dropped.toSorted() }).toEqual({ droppedLater: later.toSorted() });
  checkAsked(cell, server.askedFor(cell.model).at(-1), next);
}

/** What the model said, as the client has got it, and the results of its calls, the last one first. */
export function secondTurn(client: Kit, got: Got, first: Said): Turn[] {
  const results = got.said.calls.map(({ id, name }, index) => ({ id, name, text: `result ${index} of ${name}` }));
  return [
    {
      role: "assistant",
      parts: [
        { type: "reasoning", text: first.reasoning },
        { type: "text", text: first.text },
        ...got.said.calls.map(({ id, name, arguments: args }) => ({
          type: "call" as const,
          call: { id, name, arguments: args as Record<string, unknown> },
        })),
      ],
      native: { dialect: client.name, value: got.native },
    },
    { role: "tool", results: results.toReversed() },
  ];
}

function checkSaid({ client, vendor }: CellToCheck, got: Got, said: Said): void {
  expect({ status: got.status, error: got.error, isWhole: got.isWhole }).toEqual({
    status: 200,
    error: undefined,
    isWhole: true,
  });
  // Gemini's calls have no ids: other clients get made ones.
  const hasIds = vendor.name !== "gemini";
  const calls = hasIds ? said.calls : said.calls.map((call) => ({ ...call, id: expect.any(String) as string }));
  expect(got.said).toEqual({ ...said, calls });
  if (client.name === "gemini") return;
  const ids = got.said.calls.map(({ id }) => id);
  expect(ids).not.toContain("");
  expect(new Set(ids).size).toBe(ids.length);
}

/** What the vendor was asked is what the client asked, but for what is stated as lost. */
export function checkAsked(
  { stated, client, vendor }: Pick<CellToCheck, "stated" | "client" | "vendor">,
  found: Asked | undefined,
  asked: Asked,
): void {
  const lost = new Set<string>(stated.lost);
  const of = ({ stream, system, turns, tools, choice, schema, maxTokens, stop, thinks }: Asked) => ({
    stream,
    system,
    items: sortResults(itemsOf(turns, client.betweenTexts ?? vendor.betweenTexts)).filter(({ who }) => !lost.has(who)),
    tools,
    // To leave the choice to the model is what every vendor does unasked.
    choice: choice === "auto" ? undefined : choice,
    schema: schema?.schema,
    // Anthropic demands a bound, so that there is always one.
    maxTokens: asked.maxTokens === undefined ? undefined : maxTokens,
    stop: lost.has("stop") ? [] : stop,
    thinks: lost.has("thinks") ? undefined : thinks,
  });
  if (!found) throw new Error("the vendor was not asked");
  expect(of(found)).toEqual(of(asked));
}

/** Results that follow each other answer calls by name or id, so that their order says nothing. */
function sortResults(items: readonly Item[]): Item[] {
  const rank = (item: Item) => (item.who === "result" ? (item.number ?? -1) : -1);
  const sorted: Item[] = [];
  for (const item of items) {
    let at = sorted.length;
    if (item.who === "result")
      while (sorted[at - 1]?.who === "result" && rank(sorted[at - 1] as Item) > rank(item)) at--;
    sorted.splice(at, 0, item);
  }
  return sorted;
}

/** Something has come, and nothing says that it is all. */
function checkCut(got: Got, said: Said): void {
  expect({ status: got.status, isWhole: got.isWhole, stop: got.said.stop }).toEqual({
    status: 200,
    isWhole: false,
    stop: "none",
  });
  expect(said.text).toStartWith(got.said.text);
  expect(got.said.text).not.toBe("");
  expect(got.error?.message).toBeTruthy();
}

/** What a client hears of a vendor's failure: its own dialect's status and name for it. Statuses of the table in errors.ts. */
const heard: Record<number, { status: number; types: Record<string, readonly string[]> }> = {
  400: {
    status: 400,
    types: {
      "openai-chat": ["invalid_request_error"],
      "openai-responses": ["invalid_request_error"],
      "anthropic-messages": ["invalid_request_error"],
      gemini: ["INVALID_ARGUMENT"],
      dashscope: ["InvalidParameter"],
    },
  },
  // The key that the vendor refuses is the operator's.
  401: { status: 502, types: {} },
  429: {
    status: 429,
    types: {
      "openai-chat": ["rate_limit_error", "server_error"],
      "openai-responses": ["rate_limit_error", "invalid_request_error"],
      "anthropic-messages": ["rate_limit_error"],
      gemini: ["RESOURCE_EXHAUSTED"],
      dashscope: ["Throttling.RateQuota"],
    },
  },
  500: { status: 502, types: {} },
  529: { status: 502, types: {} },
};

function checkError({ client, vendor, feature }: CellToCheck, got: Got): void {
  const { status, message } = feature.script.error ?? { status: 0, message: "" };
  const expected = heard[status];
  if (!expected) throw new Error(`no rule for status ${status}`);
  // A vendor's own body of 529 passes, since programs match its wording.
  const isPassed = client.name === vendor.name && !vendor.vendor.hasForeignErrors && status === 529;
  expect({ status: got.status, error: got.error }).toEqual({
    status: isPassed ? 529 : expected.status,
    error: { code: expect.any(String), type: expect.any(String), message: expect.any(String) },
  });
  const types = expected.types[client.name];
  if (types) expect(types).toContain(got.error?.type ?? "");
  if (status === 400) expect(got.error?.message).toContain(message);
  if (status === 401) expect(got.error?.message).not.toContain(message);
}
