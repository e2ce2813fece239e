import { must } from "../../base/assert.ts";
import {
  chat,
  chatChunk,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  wholeChat,
  type FakeVendor,
  type Script,
} from "../fake-vendor.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../temporary-folder.ts";
import type { FieldCase } from "./field-case.ts";
import { pullTemplateModels, type Pulled } from "./local-models.ts";
import { RecordFinder } from "./record-finder.ts";
import { readReply, type Reply } from "./reply.ts";
import { price, replayName, roads, spareText } from "./replay.ts";
import { startReplayVendor, type ReplayVendor } from "./replay-vendor.ts";

/** The running programs and vendors that the cases are tried on. */
export interface World {
  /** Serves the vendors' answers and the local models. */
  sahab: TestSahab;
  key: string;
  records: RecordFinder;
  /** A second program, to which configurations are applied one after the other. */
  applier: TestSahab;
  applierKey: string;
  healthy: FakeVendor;
  replays: ReplayVendor;
  /** By model; made once, the first time that somebody asks for it. */
  pulled(): Promise<Map<string, Pulled>>;
  folder: string;
  caseOf(name: string): FieldCase;
  close(): Promise<void>;
}

export const expensive = { currency: "USD", input: 100, cached_input: 50, output: 200 };
export const bigEventBytes = { "1mb": 1e6, "10mb": 10e6, "17mb": 17e6 };
/** How far ahead the date is until which a vendor says that it is busy. */
export const busySeconds = 60;
export const manyBytesText = "云🌧️é — ☃𝄞";

export async function openWorld(cases: readonly FieldCase[]): Promise<World> {
  const folder = makeTemporaryFolder();
  const byName = new Map(cases.map((fieldCase) => [fieldCase.name, fieldCase]));
  const replayed = cases.filter((fieldCase) => fieldCase.has("vendor.http"));
  const replays = await startReplayVendor(new Map(replayed.map(({ name, bytes }) => [name, bytes("vendor.http")])));
  const healthy = startFakeVendor(healthyScripts());
  const [sahab, applier] = await Promise.all([
    runSahab({ config: configFor(replayed, replays, healthy) }),
    runSahab({ config: { providers: [], models: [], projects: [{ name: "default" }] } }),
  ]);
  let pulled: Promise<Map<string, Pulled>> | undefined;
  return {
    sahab,
    key: (await sahab.createKey()).key,
    records: new RecordFinder(sahab),
    applier,
    applierKey: (await applier.createKey()).key,
    healthy,
    replays,
    pulled: () => (pulled ??= pullTemplateModels(sahab, folder)),
    folder,
    caseOf: (name) => must(byName.get(name), `there is a case ${name}`),
    async close() {
      await Promise.all([sahab.close(), applier.close()]);
      replays.close();
      await healthy.stop();
      removeTemporaryFolder(folder);
    },
  };
}

/** A POST with these bytes or this object, answered by the serving Sahab. */
export async function ask(
  { sahab, key }: World,
  path: string,
  body: Uint8Array | string | object,
  options: { headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Reply> {
  const startedMs = performance.now();
  const response = await sahab.call(path, body, {
    key,
    signal: AbortSignal.timeout(options.timeoutMs ?? 60_000),
    ...(options.headers && { headers: options.headers }),
  });
  return readReply(response, startedMs);
}

function configFor(cases: readonly FieldCase[], replays: ReplayVendor, healthy: FakeVendor): object {
  const variants = cases.flatMap(({ name }) =>
    roads.flatMap((road) => [false, true].map((isBacked) => ({ name, road, isBacked }))),
  );
  const spare = { provider: "spare", model: "spare", priority: 2 };
  return {
    providers: [
      { name: "healthy", vendor: "compatible", base_url: healthy.url },
      { name: "spare", vendor: "compatible", base_url: healthy.url },
      // Its failures are no reason to avoid the healthy one.
      { name: "busy", vendor: "compatible", base_url: healthy.url },
      // One for each, so that the failures of one case are no reason to avoid the target of another.
      ...variants.map(({ name, road, isBacked }) => ({
        name: replayName(name, road, isBacked),
        vendor: "compatible",
        base_url: replays.urlOf(`${name}/${replayName(name, road, isBacked)}`),
        timeouts: { first_text_ms: 10_000, idle_ms: 10_000 },
      })),
    ],
    models: [
      { name: "nano", local: { file: "nano.gguf", context: 4096, slots: 4 } },
      ...Object.keys(healthyScripts()).map((name) => ({
        name,
        targets: [{ provider: name === "busy" ? "busy" : "healthy", model: name }],
        price: name === "other-expensive" ? expensive : price,
      })),
      ...variants.map(({ name, road, isBacked }) => {
        const model = replayName(name, road, isBacked);
        return {
          name: model,
          targets: [{ provider: model, model: "m", priority: 1 }, ...(isBacked ? [spare] : [])],
          price,
        };
      }),
    ],
    projects: [{ name: "default" }],
  };
}

function healthyScripts(): Record<string, Script> {
  return {
    healthy: askedFor,
    "other-expensive": chat(["Hello"]),
    spare: (call) => (call.path.endsWith("/embeddings") ? embedding() : chat([spareText])(call)),
    m: byPath,
    drip: streamOf([...Array.from({ length: 1_000 }, () => textChunk("drip ")), stop, doneEvent], { paceMs: 50 }),
    busy: () => {
      const until = new Date(Date.now() + busySeconds * 1_000).toUTCString();
      return errorAnswer(503, { message: "busy" }, { "retry-after": until });
    },
    "s3-utf8-cut": streamOf([textChunk(manyBytesText), stop, doneEvent], { splitAt: 1, paceMs: 1 }),
    ...Object.fromEntries(
      Object.entries(bigEventBytes).map(([size, bytes]): [string, Script] => [
        `10-big-event-${size}`,
        (call) => streamOf([textChunk("Hello"), textChunk("x".repeat(bytes)), stop, doneEvent])(call),
      ]),
    ),
  };
}

/** A stream, or a whole answer with as many choices as were asked for. */
const askedFor: Script = (call) => {
  const { n, stream } = call.body;
  if (stream === true || typeof n !== "number") return chat(["Hello"])(call);
  const message = { role: "assistant", content: "Hello" };
  const choices = Array.from({ length: n }, (_, index) => ({ index, message, finish_reason: "stop" }));
  return wholeChat("", { choices })(call);
};

const textChunk = (content: string) => chatChunk({ content });
const stop = chatChunk({}, {}, "stop");

function embedding(): Response {
  const data = [{ object: "embedding", index: 0, embedding: [0.5, -0.5] }];
  return Response.json({ object: "list", model: "spare", data, usage: { prompt_tokens: 1, total_tokens: 1 } });
}

/** A vendor whose chat is below two paths, and whose root is a web page. */
const byPath: Script = (call) => {
  if (["/healthy/v1/chat/completions", "/v1/chat/completions"].includes(call.path)) return chat(["Hello"])(call);
  if (call.path.includes("healthy")) return Response.json({ error: { message: "no such path" } }, { status: 404 });
  return new Response("<!doctype html><html><body>Hi</body></html>", { headers: { "content-type": "text/html" } });
};
