import type { Asked } from "./asked.ts";
import { Broken, type Json } from "./json.ts";
import type { Kit, Script, VendorRequest } from "./kit.ts";

/** A vendor as a real HTTP server, whose answers the model's name behind the kit's prefix chooses. */
export interface VendorServer {
  /** A provider's `base_url`. */
  url: string;
  /** What the vendor was asked for a model, oldest first. */
  askedFor(model: string): Asked[];
  /** The bodies of these requests, as they came. */
  bodiesFor(model: string): Json[];
  /** Their headers. */
  headersFor(model: string): Headers[];
  /** What the vendor refused, and why. */
  refusedFor(model: string): string[];
  stop(): Promise<void>;
}

export function startVendor(kit: Kit, scripts: ReadonlyMap<string, Script>): VendorServer {
  const asked = new Map<string, Asked[]>();
  const bodies = new Map<string, Json[]>();
  const headers = new Map<string, Headers[]>();
  const refused = new Map<string, string[]>();
  const prefix = kit.vendor.modelPrefix ?? "";
  const nameOf = (model: string) => (model.startsWith(prefix) ? model.slice(prefix.length) : model);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(incoming) {
      const url = new URL(incoming.url);
      const text = await incoming.text();
      const body = JSON.parse(text) as Json;
      const request: VendorRequest = {
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body,
        text,
      };
      const route = kit.vendor.route(request);
      const name = nameOf(route?.model ?? "");
      const script = scripts.get(name);
      if (!route || !script)
        return Response.json(kit.vendor.error(404, `no such path or model: ${url.pathname}`), { status: 404 });
      addTo(bodies, name, body);
      addTo(headers, name, incoming.headers);
      if (script.takesAnything) return answer(kit, script, route, undefined, request);
      let found: Asked;
      try {
        found = kit.vendor.read(request, script);
      } catch (error) {
        if (!(error instanceof Broken)) console.error(error);
        addTo(refused, name, String(error));
        return Response.json(kit.vendor.error(400, String(error)), { status: 400 });
      }
      addTo(asked, name, found);
      const { error } = script;
      if (error) return Response.json(kit.vendor.error(error.status, error.message), { status: error.status });
      return answer(kit, script, route, found, request);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    askedFor: (model) => asked.get(nameOf(model)) ?? [],
    bodiesFor: (model) => bodies.get(nameOf(model)) ?? [],
    headersFor: (model) => headers.get(nameOf(model)) ?? [],
    refusedFor: (model) => refused.get(nameOf(model)) ?? [],
    stop: () => server.stop(true),
  };
}

function addTo<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}

function answer(
  kit: Kit,
  script: Script,
  route: { stream: boolean },
  asked: Asked | undefined,
  request: VendorRequest,
): Response {
  const isLater = asked?.turns.some(({ role }) => role === "tool");
  const said = isLater ? script.answers.at(-1) : script.answers[0];
  if (!said) throw new Error("a script has an answer or an error");
  if (!route.stream) return Response.json(kit.vendor.whole(said, script.proofs, request));
  const events = kit.vendor.stream(said, request, script.proofs);
  const text = events.slice(0, script.cut ? Math.ceil(events.length / 2) : events.length).join("");
  const { bytes: all, contentType } = kit.vendor.frame?.(text) ?? {
    bytes: Buffer.from(text),
    contentType: "text/event-stream",
  };
  const bytes = script.cut === "within" ? all.subarray(0, -9) : all;
  return new Response(inPieces(bytes), { headers: { "content-type": contentType } });
}

/** Cut where no event ends, within letters too: sizes that no length of an event is a multiple of. */
function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const sizes = [1, 13, 89, 7, 241, 31];
  let at = 0;
  let count = 0;
  return new ReadableStream({
    pull(controller) {
      const size = sizes[count++ % sizes.length] ?? 1;
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      if (at >= bytes.length) controller.close();
    },
  });
}
