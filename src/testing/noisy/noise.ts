import { gzipSync } from "node:zlib";
import { HandClient } from "../hand-client.ts";
import { hostileBodies, hostilePrompts, type HostileBody } from "./hostile-bodies.ts";
import { hostileModels } from "./hostile-vendor.ts";

/** Where the noise goes, and with which key. */
export interface NoiseTarget {
  address: string;
  key: string;
  /** A model at a vendor of the others, one at the noisy neighbour's own, and one on this machine; undefined where there is none. */
  vendorModel: string;
  ownModel: string;
  localModel: string | undefined;
}

/** How often each act was done, and how it was answered. */
export type NoiseTally = Record<string, Record<string, number>>;

const chatPath = "/v1/chat/completions";
/** Each act waits so long before it is done again, so that one process can do all of them. */
const pauseMs = 20;

/** One key's holder does everything at once, again and again, until the time is over. */
export async function makeNoise(target: NoiseTarget, durationMs: number): Promise<NoiseTally> {
  const endMs = performance.now() + durationMs;
  const tally: NoiseTally = {};
  const loop = async (name: string, act: Act) => {
    const counts = (tally[name] ??= {});
    while (performance.now() < endMs) {
      const outcome = await act(target, endMs).catch((error: unknown) => `failed: ${String(error)}`);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      await Bun.sleep(pauseMs);
    }
  };
  const running: Promise<void>[] = [];
  for (const [name, { act, atOnce }] of Object.entries(allActs(target)).filter(
    ([n]) => !process.env["ONLY"] || new RegExp(process.env["ONLY"]).test(n),
  ))
    for (let count = 0; count < atOnce; count++) running.push(loop(name, act));
  await Promise.all(running);
  return tally;
}

type Act = (target: NoiseTarget, endMs: number) => Promise<string>;

function allActs(target: NoiseTarget): Record<string, { act: Act; atOnce: number }> {
  const bodies = (from: Record<string, HostileBody>, model: string) =>
    Object.entries(from).map(([name, body]) => [name, { act: sendsBody(body, model), atOnce: 1 }] as const);
  const answers = hostileModels.map((model) => [model, { act: asksFor(model), atOnce: 2 }] as const);
  const local = target.localModel === undefined ? [] : bodies(hostilePrompts, target.localModel);
  return { ...Object.fromEntries([...bodies(hostileBodies, target.ownModel), ...answers, ...local]), ...otherActs };
}

async function withClient<T>({ address }: NoiseTarget, use: (client: HandClient) => Promise<T>): Promise<T> {
  const client = await HandClient.open(address);
  try {
    return await use(client);
  } finally {
    client.leave();
  }
}

async function outcomeOf(client: HandClient, endMs: number): Promise<string> {
  const answer = await client.answer(Math.max(1, endMs - performance.now()));
  if (!answer) return client.isClosed ? "connection ended" : "no answer in time";
  return `${answer.status}${answer.body.includes('"error"') ? " with an error" : ""}`;
}

function sendsBody({ path, make }: HostileBody, model: string): Act {
  // Made once: the noise is to keep the server busy and not its own process.
  let body: Buffer | undefined;
  return (target, endMs) =>
    withClient(target, (client) => {
      body ??= make(model);
      client.sendHead(path, target.key, body.length);
      client.send(body);
      return outcomeOf(client, endMs);
    });
}

/** By turns in the vendor's dialect and in another, which must be translated. */
function asksFor(model: string): Act {
  let turns = 0;
  return (target, endMs) =>
    withClient(target, (client) => {
      const path = turns++ % 2 === 0 ? chatPath : "/v1/messages";
      client.post(path, target.key, {
        model,
        stream: !/whole|body/.test(model),
        max_tokens: 8,
        messages: [{ role: "user", content: "Hi" }],
      });
      return outcomeOf(client, endMs);
    });
}

const bomb = gzipSync(Buffer.alloc(30 * 1024 * 1024, " "));

const otherActs: Record<string, { act: Act; atOnce: number }> = {
  "half of a head": {
    atOnce: 400,
    act: (target, endMs) =>
      withClient(target, async (client) => {
        client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n");
        return outcomeOf(client, Math.min(endMs, performance.now() + 5_000));
      }),
  },
  "a wrong key": {
    atOnce: 20,
    act: (target, endMs) =>
      withClient(target, (client) => {
        client.post(chatPath, `sk-sahab-${Math.random()}`, { model: "a" });
        return outcomeOf(client, endMs);
      }),
  },
  "a body that never ends": {
    atOnce: 100,
    act: (target, endMs) =>
      withClient(target, async (client) => {
        client.sendHead(chatPath, target.key, 32 * 1024 * 1024);
        while (performance.now() < endMs && !client.isClosed) {
          client.send(" ".repeat(16 * 1024));
          await Bun.sleep(1_000);
        }
        return client.isClosed ? "connection ended" : "goes on";
      }),
  },
  "a compressed flood": {
    atOnce: 4,
    act: (target, endMs) =>
      withClient(target, (client) => {
        client.send(
          `POST ${chatPath} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${target.key}\r\n` +
            `content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`,
        );
        client.send(bomb);
        return outcomeOf(client, endMs);
      }),
  },
  "an answer that is not read": {
    atOnce: 50,
    act: (target, endMs) =>
      withClient(target, async (client) => {
        client.stopReading();
        client.post("/v1/messages", target.key, {
          model: "byte-by-byte",
          stream: true,
          max_tokens: 8,
          messages: [{ role: "user", content: "Hi" }],
        });
        await Bun.sleep(Math.max(0, Math.min(10_000, endMs - performance.now())));
        return "not read";
      }),
  },
  "an odd target": {
    atOnce: 2,
    act: (target, endMs) =>
      withClient(target, (client) => {
        client.send(
          `GET v1/:aaa/admin/v1/keys HTTP/1.1\r\nhost: \r\nauthorization: Bearer ${target.key}\r\nconnection: close\r\n\r\n`,
        );
        return outcomeOf(client, endMs);
      }),
  },
  "a flood of small requests": {
    atOnce: 100,
    act: (target, endMs) =>
      withClient(target, (client) => {
        client.post(chatPath, target.key, {
          model: target.vendorModel,
          stream: true,
          messages: [{ role: "user", content: "Hi" }],
        });
        return outcomeOf(client, endMs);
      }),
  },
};
