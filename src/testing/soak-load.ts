import { HandClient } from "./hand-client.ts";
import {
  chat,
  chatChunk,
  doneEvent,
  startFakeVendor,
  streamedChat,
  streamOf,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "./fake-vendor.ts";
import { bodyChunk, eventStreamHead, startRudeVendor, type RudeVendor } from "./rude-vendor.ts";

/** Vendors for a mixed load; each model is one way to answer. */
export interface SoakVendors {
  polite: FakeVendor;
  rude: RudeVendor;
  /** The vendor's own ids of the answers that it has begun. */
  ids: Set<string>;
  stop(): Promise<void>;
}

export async function startSoakVendors(): Promise<SoakVendors> {
  const ids = new Set<string>();
  const words = Array.from({ length: 40 }, (_, index) => `word${index} `);
  const flood = Array.from({ length: 300 }, () => chatChunk({ content: "x".repeat(32 * 1024) }));
  const scripts: Record<string, Script> = {
    quick: chat(["a ", "b ", "c "]),
    paced: streamedChat(words, { paceMs: 5 }),
    flood: streamOf([...flood, chatChunk({}, {}, "stop"), doneEvent]),
    silent: untilAborted,
    "silent-later": streamOf([chatChunk({ role: "assistant", content: "a" })], { end: "hang" }),
  };
  const polite = startFakeVendor(
    Object.fromEntries(Object.entries(scripts).map(([name, script]) => [name, withId(script, ids)])),
  );
  const rude = await startRudeVendor({
    "breaks-first": ({ socket }) => socket.destroy(),
    "breaks-later": ({ socket }) => {
      socket.write(eventStreamHead + bodyChunk(chatChunk({ role: "assistant", content: "half of " })));
      setTimeout(() => socket.destroy(), 20);
    },
  });
  return {
    polite,
    rude,
    ids,
    async stop() {
      rude.stop();
      await polite.stop();
    },
  };
}

function withId(script: Script, ids: Set<string>): Script {
  return async (call) => {
    const answer = await script(call);
    const id = `vendor-${ids.size}`;
    ids.add(id);
    answer.headers.set("x-request-id", id);
    return answer;
  };
}

/** Never answers; ends when the caller has left, so that nothing is kept for it here. */
async function untilAborted(call: VendorCall): Promise<Response> {
  while (call.abortedMs === undefined) await Bun.sleep(20);
  return new Response(null, { status: 499 });
}

export interface SoakTarget {
  address: string;
  key: string;
}

/** What the clients saw. */
export interface SoakTally {
  /** Ids of answers that were fully received, with the model that gave them. */
  received: Map<string, string>;
  /** How often each act was done. */
  acts: Record<string, number>;
  /** What no client should see. */
  surprises: string[];
}

export const newTally = (): SoakTally => ({ received: new Map(), acts: {}, surprises: [] });

/** Clients that do one act after another, chosen at random, until the time is over and the last act is done. */
export async function soak(
  target: SoakTarget,
  tally: SoakTally,
  options: { clients: number; durationMs: number; random: () => number },
): Promise<void> {
  const names = Object.keys(acts);
  const endMs = performance.now() + options.durationMs;
  const loop = async () => {
    while (performance.now() < endMs) {
      const name = names[Math.floor(options.random() * names.length)] ?? "";
      tally.acts[name] = (tally.acts[name] ?? 0) + 1;
      const client = await HandClient.open(target.address);
      try {
        await acts[name]?.({ client, target, tally, random: options.random });
      } catch (error) {
        tally.surprises.push(`${name}: ${String(error)}`);
      } finally {
        client.leave();
      }
    }
  };
  await Promise.all(Array.from({ length: options.clients }, loop));
}

interface Scene {
  client: HandClient;
  target: SoakTarget;
  tally: SoakTally;
  random: () => number;
}

const chatPath = "/v1/chat/completions";
const messagesPath = "/v1/messages";
const turns = [{ role: "user", content: "Hi" }];
const ask = (model: string, stream: boolean, maxTokens = 8) => ({
  model,
  stream,
  max_tokens: maxTokens,
  messages: turns,
});

const acts: Record<string, (scene: Scene) => Promise<void>> = {
  "two answers on one connection": async (scene) => {
    await complete(scene, chatPath, "quick", false);
    await complete(scene, chatPath, "quick", true);
  },
  "two answers in another dialect": async (scene) => {
    await complete(scene, messagesPath, "quick", true);
    await complete(scene, messagesPath, "quick", false);
  },
  "answers of the local model": async (scene) => {
    await complete(scene, chatPath, "nano", true);
    await complete(scene, messagesPath, "nano", false);
  },
  "leaves at once": async ({ client, target, random }) => {
    client.post(chatPath, target.key, ask(random() < 0.5 ? "paced" : "nano", true, 64));
    await Bun.sleep(random() * 5);
  },
  "leaves in the middle": async ({ client, target, random }) => {
    client.post(chatPath, target.key, ask("paced", true));
    await client.until("word2");
    await Bun.sleep(random() * 50);
  },
  "leaves the local model in the middle": async ({ client, target, random }) => {
    client.post(random() < 0.5 ? chatPath : messagesPath, target.key, ask("nano", true, 200));
    await client.until("data:");
    await Bun.sleep(random() * 50);
  },
  "stops reading, then leaves": async ({ client, target, random }) => {
    client.post(chatPath, target.key, ask("flood", true));
    await client.until("xxxx");
    client.stopReading();
    await Bun.sleep(300 + random() * 700);
  },
  "stops reading a whole answer": async ({ client, target }) => {
    client.stopReading();
    client.post(chatPath, target.key, ask("flood", false));
    await Bun.sleep(300);
  },
  "reads now and then": async ({ client, target }) => {
    client.post(chatPath, target.key, ask("flood", true));
    for (let pauses = 0; pauses < 20; pauses++) {
      client.stopReading();
      await Bun.sleep(25);
      client.readAgain();
      await Bun.sleep(1);
    }
  },
  "sends slowly": async (scene) => {
    const { client, target, tally, random } = scene;
    const body = JSON.stringify({ ...ask("quick", true), user: "u".repeat(20_000) });
    client.sendHead(chatPath, target.key, body.length);
    for (let at = 0; at < body.length; at += 2_500) {
      client.send(body.slice(at, at + 2_500));
      await Bun.sleep(random() * 20);
    }
    note(tally, "quick", await client.answer());
  },
  "leaves while it sends": async ({ client, target, random }) => {
    const body = JSON.stringify({ ...ask("quick", true), user: "u".repeat(3 * 1024 * 1024) });
    client.sendHead(chatPath, target.key, body.length);
    client.send(body.slice(0, Math.floor(random() * body.length)));
    await Bun.sleep(random() * 50);
  },
  "has a wrong key": async ({ client, tally, random }) => {
    // Few different ones, since a refused key is remembered for a while.
    client.post(chatPath, `sk-wrong-${Math.floor(random() * 8)}`, ask("quick", false));
    expectStatus(tally, 401, await client.answer());
  },
  "names an unknown model": async ({ client, target, tally, random }) => {
    client.post(chatPath, target.key, ask(`unknown-${random()}`, false));
    expectStatus(tally, 404, await client.answer());
  },
  "sends no JSON": async ({ client, target, tally }) => {
    client.sendHead(chatPath, target.key, 9);
    client.send("{nonsense");
    expectStatus(tally, 400, await client.answer());
  },
  "leaves a vendor that is silent": async ({ client, target, random }) => {
    client.post(chatPath, target.key, ask("silent", random() < 0.5));
    await Bun.sleep(20 + random() * 200);
  },
  "leaves a vendor that falls silent": async ({ client, target, random }) => {
    client.post(chatPath, target.key, ask("silent-later", true));
    await client.until('"content":"a"');
    await Bun.sleep(random() * 100);
  },
  "asks a vendor that breaks off": async ({ client, target, tally, random }) => {
    client.post(chatPath, target.key, ask("breaks-first", random() < 0.5));
    expectStatus(tally, 502, await client.answer());
  },
  "asks a vendor that breaks off later": async ({ client, target, tally }) => {
    client.post(chatPath, target.key, ask("breaks-later", true));
    const answer = await client.answer();
    expectStatus(tally, 200, answer);
    if (answer && (answer.body.includes(doneEvent) || !answer.body.includes('"error"')))
      tally.surprises.push(`a broken stream ended like a whole one: ${answer.body.slice(-200)}`);
  },
};

async function complete({ client, target, tally }: Scene, path: string, model: string, stream: boolean): Promise<void> {
  client.post(path, target.key, ask(model, stream));
  note(tally, model, await client.answer());
}

function note(tally: SoakTally, model: string, answer: Awaited<ReturnType<HandClient["answer"]>>): void {
  expectStatus(tally, 200, answer);
  if (answer?.body.includes('"error"')) tally.surprises.push(`${model}: ${answer.body.slice(-300)}`);
  else if (answer?.status === 200) tally.received.set(answer.requestId, model);
}

function expectStatus(tally: SoakTally, status: number, answer: Awaited<ReturnType<HandClient["answer"]>>): void {
  if (answer?.status !== status)
    tally.surprises.push(`${status} was expected, found ${answer?.status}: ${answer?.body.slice(0, 300)}`);
}
