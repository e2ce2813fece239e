import { expect } from "bun:test";
import { anthropicMessages } from "../dialect/anthropic-messages/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { freePrices } from "../ledger/index.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";
import { startGateway } from "./gateway-in-process.ts";
import { answerHead, startRudeVendor, type RudeScript } from "./rude-vendor.ts";

// Vendors' bytes, and what becomes of them for clients of either dialect.

export const eventStream = "text/event-stream";
export const json = "application/json";

/** A type of null is none; a body in pieces comes in that many writes. */
export type Given = [name: string, body: string | string[], outcome: string, type?: string | null, status?: string];

export interface Row {
  /** The model's name, which has the row's. */
  model: string;
  name: string;
  /** The vendor's dialect. */
  api: "chat" | "messages";
  stream: boolean;
  answer: RudeScript;
  /** `whole`, the code of an error in place of an answer, or `cut: ` and the code that a stream breaks off with. */
  outcome: string;
}

export function toRows(api: Row["api"], stream: boolean, given: readonly Given[]): Row[] {
  return given.map(([name, body, outcome, type = stream ? eventStream : json, status = "200 OK"]) => ({
    model: `${stream ? "stream" : "body"}: ${name}`,
    name,
    api,
    stream,
    answer: replay(type, body, status),
    outcome,
  }));
}

/** Writes the answer and closes. */
export function replay(type: string | null, body: string | string[], status: string): RudeScript {
  return ({ socket }) => {
    socket.write(answerHead(status, { ...(type !== null && { "content-type": type }), connection: "close" }));
    const pieces = typeof body === "string" ? [body] : body;
    const writeFrom = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) socket.end();
      // The pause keeps the pieces apart.
      else socket.write(piece, () => setTimeout(() => writeFrom(index + 1), index + 1 < pieces.length ? 20 : 0));
    };
    writeFrom(0);
  };
}

export interface Replay {
  address: string;
  key: string;
  /** Asks for a row as a client of the dialect does. */
  ask(client: Row["api"], row: Row): Promise<{ outcome: string; text: string; body: string }>;
  close(): Promise<void>;
}

/** A gateway with a model for each row. */
export async function startReplay(rows: readonly Pick<Row, "model" | "api" | "answer">[]): Promise<Replay> {
  const vendor = await startRudeVendor(Object.fromEntries(rows.map(({ model, answer }) => [model, answer])));
  const dialects = [openaiChat, anthropicMessages];
  const models = rows.map(({ model, api }) => {
    const provider = new Provider({ name: model, vendor: "compatible", base_url: vendor.url, apis: [api] }, dialects);
    const target = {
      provider: model,
      model,
      priority: 1,
      weight: 1,
      prices: freePrices,
      upstream: new ProviderTarget(provider, model),
    };
    return { name: model, targets: [target] };
  });
  const { address, key, close } = await startGateway(dialects, {
    models: new Map(models.map((model) => [model.name, model])),
    projects: new Map(),
  });
  return {
    address,
    key,
    async ask(client, { model, stream }) {
      const response = await fetch(`${address}/v1/${client === "chat" ? "chat/completions" : "messages"}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model, stream, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }),
      });
      const body = await response.text();
      expect(body).not.toContain("\uFEFF");
      if (response.headers.get("content-type")?.startsWith(eventStream)) return { ...readEvents(client, body), body };
      const answer = JSON.parse(body) as WholeAnswer;
      const text = answer.choices?.[0]?.message?.content ?? answer.content?.map((block) => block.text).join("") ?? "";
      return { outcome: response.status === 200 ? "whole" : (answer.error?.code ?? "no code"), text, body };
    },
    async close() {
      await close();
      vendor.stop();
    },
  };
}

interface WholeAnswer {
  choices?: { message?: { content?: string | null } }[];
  content?: { text: string }[];
  error?: { code: string };
}

interface AnyEvent {
  type?: string;
  choices?: { delta?: { content?: string } }[];
  delta?: { text?: string };
  error?: { code?: string };
}

/** What a client makes of a stream; throws where an SDK would. */
function readEvents(client: Row["api"], body: string): { outcome: string; text: string } {
  let said = "";
  let outcome = "no end";
  for (const block of body.split(/\r\n\r\n|\n\n|\r\r/)) {
    for (const line of block.split(/\r\n|\n|\r/)) {
      if (!line.startsWith("data:")) continue;
      const payload = line.slice("data:".length).trim();
      expect(outcome).toBe("no end");
      if (client === "chat" && payload === "[DONE]") {
        outcome = "whole";
        continue;
      }
      const parsed = JSON.parse(payload) as AnyEvent;
      if (parsed.error?.code !== undefined) outcome = `cut: ${parsed.error.code}`;
      else if (client === "chat") {
        expect(Array.isArray(parsed.choices)).toBe(true);
        for (const { delta } of parsed.choices ?? []) said += delta?.content ?? "";
      } else {
        said += parsed.delta?.text ?? "";
        if (parsed.type === "message_stop") outcome = "whole";
      }
    }
  }
  return { outcome, text: said };
}
