import { expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import { listNotCarried } from "../../call/index.ts";
import { hostileBodies, hostileChats, hostileMessages } from "../../testing/hostile-bodies.ts";
import { dialects } from "../registry.ts";
import { translate } from "../translate.ts";
import { doTask } from "./do-task.ts";
import type { Task, ToThread } from "./messages.ts";

// What the thread makes of a body is what would be made of it here, whichever way it goes.

/** As it crosses between threads. */
function ask(dialect: string, task: Task, text: string): unknown {
  const body = new Uint8Array(Buffer.from(text)).buffer;
  const message: ToThread = { request: { dialect, operation: "chat", path: "/" }, task, body };
  const { answer, transfer } = doTask(dialects, structuredClone(message));
  const { body: returned, ...done } = structuredClone(answer, { transfer });
  expect(Buffer.from(returned).toString()).toBe(text);
  return plain(done);
}

test("a body goes on from earlier answers, and what these only name is found", () => {
  const dialect = dialects.find(({ stored }) => stored?.namedParts);
  if (!dialect) throw new Error("a dialect has named parts");
  const reference = { type: "item_reference", id: "msg_0" };
  const said = (id: string, text: string) => ({ type: "message", id, role: "assistant", content: text });
  const answer = (id: string, input: object[], output: object[]) => ({
    id,
    status: "completed" as const,
    model: "m",
    createdS: 1,
    request: JSON.stringify({ model: "m", input }),
    answer: JSON.stringify({ id, output }),
    previousId: undefined,
  });
  const earlier = [answer("resp_1", [reference, { role: "user", content: "云" }], [said("msg_1", "One")])];
  const holders = [answer("resp_0", [], [said("msg_0", "Zero")])];
  const text = JSON.stringify({ model: "m", input: "And?", previous_response_id: "resp_1" });
  const open = () =>
    dialect.open({ operation: "chat", path: "/", headers: { get: () => null }, body: Buffer.from(text) });
  const { found } = open();
  const made = ask(dialect.name, { type: "continue", found, earlier, holders }, text);
  expect(made).toEqual(here(() => open().continued?.(earlier, holders)));
  expect(JSON.stringify(made)).toContain("Zero");
  const missing = ask(dialect.name, { type: "continue", found, earlier, holders: [] }, text);
  expect(missing).toMatchObject({ type: "error", error: { code: "invalid_request" } });
  const requests = earlier.map(({ request }) => request);
  expect(ask(dialect.name, { type: "named-parts", requests }, "")).toEqual({ type: "value", value: ["msg_0"] });
});

/** Bytes as text, so that two values can be compared. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Map) return plain([...(value as Map<unknown, unknown>)]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(given.map(([name, part]) => [name, plain(part)]));
}

function here(act: () => unknown): unknown {
  try {
    return plain({ type: "value", value: act() });
  } catch (error) {
    if (!(error instanceof SahabError)) throw error;
    const { code, message, param } = error;
    return plain({ type: "error", error: { code, message, param } });
  }
}

const carrier = { api: "tests", lacks: new Set<never>(), extensions: new Set<string>() };
const bodies = { ...hostileBodies, ...hostileChats, ...hostileMessages };
const texts = Object.entries(bodies).map(([name, make]) => ({ name, text: make(20_000) }));

test.each(texts)("$name", ({ text }) => {
  for (const dialect of dialects) {
    const open = (found?: unknown) =>
      dialect.open({ operation: "chat", path: "/", headers: { get: () => null }, body: Buffer.from(text), found });
    const opened = here(() => open().found);
    expect(ask(dialect.name, { type: "open" }, text)).toEqual(opened);
    if ((opened as { type: string }).type !== "value") continue;
    const { found } = open();
    for (const to of dialects) {
      const target = { model: "vendor-model", quirks: {}, issuer: "one" };
      const made = ask(dialect.name, { type: "translate", found, to: to.name, target }, text);
      expect(made).toEqual(here(() => translate(to, open(), target)));
    }
    expect(ask(dialect.name, { type: "mute-turns", found }, text)).toEqual(here(() => open().muteTurns?.() ?? []));
    const decoded = ask(dialect.name, { type: "decode", found, carrier }, text);
    expect(decoded).toEqual(
      here(() => {
        const { operation, request } = open().decode();
        const dropped = listNotCarried(
          { operation, request } as ReturnType<ReturnType<typeof open>["decode"]>,
          carrier,
        );
        return { operation, request: { json: Buffer.from(JSON.stringify(request)) }, dropped };
      }),
    );
  }
});
