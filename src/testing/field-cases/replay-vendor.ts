import { reply, serveByHand } from "../http-by-hand.ts";

/** A vendor that answers each path with exact bytes, and then closes. */
export interface ReplayVendor {
  /** The base address behind which everything is answered with these bytes. */
  urlOf(name: string): string;
  /** How often that was asked. */
  callsOf(name: string): number;
  close(): void;
}

/** `answers`: bytes by name. A name may be asked for by several callers, each with `name/anything`. */
export async function startReplayVendor(answers: ReadonlyMap<string, Uint8Array>): Promise<ReplayVendor> {
  const calls = new Map<string, number>();
  const server = await serveByHand((request, socket) => {
    const [, name = "", caller = ""] = /^\S+ \/([^/]+)\/([^/]+)\//.exec(request) ?? [];
    const key = `${name}/${caller}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
    const bytes = answers.get(name);
    if (bytes) socket.end(bytes);
    else reply(socket, JSON.stringify({ error: { message: `no answer for ${name}` } }));
  });
  return {
    urlOf: (name) => `http://127.0.0.1:${server.port}/${name}/v1`,
    callsOf: (name) => calls.get(name) ?? 0,
    close: () => server.close(),
  };
}
