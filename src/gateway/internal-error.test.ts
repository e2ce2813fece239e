import { afterAll, beforeAll, expect, test } from "bun:test";
import pino from "pino";
import { eventBatch, type AnswerEvent, type Upstream } from "../call/index.ts";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { freePrices } from "../ledger/index.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// What a client reads of a fault of Sahab's own, and where the operator finds its cause.

const hidden = "a fault that quotes the prompt";
const lines: string[] = [];
let gateway: GatewayInProcess;

/** Fails before the first event, or after some text. */
const faulty: Upstream = {
  open(call, attempt) {
    if (!call.stream) throw new TypeError(hidden);
    const events: AnswerEvent[] = [
      { type: "start", id: "x", model: attempt.model, createdS: 1 },
      { type: "text-delta", choice: 0, text: "so far " },
    ];
    return Promise.resolve({
      isRaw: false,
      read: () => {
        const event = events.shift();
        return event ? Promise.resolve(eventBatch([event], false)) : Promise.reject(new TypeError(hidden));
      },
      cancel: () => undefined,
    });
  },
};

beforeAll(async () => {
  const target = { provider: "faulty", model: "m", priority: 1, weight: 1, prices: freePrices, upstream: faulty };
  gateway = await startGateway(
    [openaiChat, anthropicMessages],
    { models: new Map([["m", { name: "m", targets: [target] }]]), projects: new Map() },
    {},
    pino({ level: "info" }, { write: (line) => void lines.push(line) }),
  );
});
afterAll(() => gateway?.close());

for (const path of ["/v1/chat/completions", "/v1/messages"])
  for (const stream of [false, true])
    test(`${path}, ${stream ? "in a stream" : "whole"}: the message names the id under which the log has the cause`, async () => {
      lines.length = 0;
      const response = await fetch(gateway.address + path, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}` },
        body: JSON.stringify({ model: "m", stream, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }),
      });
      expect(response.status).toBe(stream ? 200 : 500);
      const id = response.headers.get("x-request-id") ?? "none";
      const text = await response.text();
      expect(text).toContain(`"message":"Internal error; the log has its cause under ${id}"`);
      expect(text).not.toContain(hidden);
      const logged = lines.filter((line) => line.includes(id) && line.includes("TypeError"));
      expect(logged.join("")).toContain("internal-error.test.ts");
    });
