import { must } from "../../../base/assert.ts";
import { readAnswer, send, type RawAnswer } from "../ask.ts";
import type { Asked } from "../asked.ts";
import type { Kit } from "../kit.ts";
import type { Got } from "../said.ts";
import { models, type LocalEnd, type LocalStage } from "./stage.ts";

/** More than may wait. */
const crowd = 260;

/** Plays the last minute of an engine: it answers each client, is asked by a crowd, and is killed in the middle of it all. */
export async function playEnd(clients: readonly Kit[], stage: Omit<LocalStage, "end">): Promise<LocalEnd> {
  const streams = clients.map((client) => beginStream(client, stage));
  const wholes = clients.map((client) => send(client, askedFor(false), stage));
  await Promise.all(streams.map(({ begun }) => begun));
  const leave = new AbortController();
  const waiting = Array.from({ length: crowd }, () => joinCrowd(stage, leave.signal));
  // Those that find no place are refused at once.
  await Promise.race(waiting);
  const full = new Map<Kit, Got[]>();
  for (const client of clients)
    full.set(client, [
      await read(client, false, send(client, askedFor(false), stage)),
      await read(client, true, send(client, askedFor(true), stage)),
    ]);
  const { engines } = await stage.sahab.adminJson<{ engines: { name: string; pid: number | null }[] }>("/ps");
  process.kill(must(engines.find(({ name }) => name === models.mortal)?.pid, "the engine runs"), "SIGKILL");
  const cut = new Map<Kit, Got>();
  const ended = new Map<Kit, Got>();
  for (const [index, client] of clients.entries()) {
    cut.set(client, await read(client, true, must(streams[index], "each client has a stream").answer));
    ended.set(client, await read(client, false, must(wholes[index], "each client has asked")));
  }
  leave.abort();
  await Promise.allSettled(waiting);
  return { cut, ended, full };
}

function askedFor(stream: boolean): Asked {
  const turns: Asked["turns"] = [{ role: "user", parts: [{ type: "text", text: "On and on, please." }] }];
  return { model: models.mortal, stream, turns, tools: [], stop: [], maxTokens: 15_000 };
}

async function read(client: Kit, stream: boolean, answer: Promise<RawAnswer>): Promise<Got> {
  return readAnswer(client, askedFor(stream), await answer);
}

/** `begun`: the first bytes are here. */
function beginStream(client: Kit, { address, key }: Omit<LocalStage, "end">) {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const { path, headers, body } = client.client.request(askedFor(true), key);
  const run = async (): Promise<RawAnswer> => {
    const response = await fetch(address + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of must(response.body, "a stream has a body")) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("On ")) resolve();
    }
    resolve();
    return { status: response.status, headers: response.headers, text };
  };
  return { begun, answer: run() };
}

/** Settles once the request is refused, or its client leaves. */
async function joinCrowd({ address, key }: Omit<LocalStage, "end">, signal: AbortSignal): Promise<void> {
  const body = { model: models.mortal, stream: true, messages: [{ role: "user", content: "On and on." }] };
  const asking = fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    signal,
  });
  await asking.then(
    (response) => response.text(),
    () => undefined,
  );
}
