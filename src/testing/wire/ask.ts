import type { Asked } from "./asked.ts";
import type { Json } from "./json.ts";
import type { Kit } from "./kit.ts";
import { nothingSaid, type Got } from "./said.ts";

/** Asks as a client of the kit's dialect does, and reads what comes. */
export async function ask(kit: Kit, asked: Asked, { address, key }: { address: string; key: string }): Promise<Got> {
  const { path, headers, body } = kit.client.request(asked, key);
  const response = await fetch(address + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const { status } = response;
  const dropped = response.headers.get("x-sahab-dropped")?.split(/,\s*/) ?? [];
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (status !== 200) {
    const error = kit.client.readError(JSON.parse(text) as Json);
    const nothing = { said: nothingSaid(), isWhole: false, native: undefined, cost: undefined };
    return { status, dropped, error, ...nothing };
  }
  if (isStream !== asked.stream)
    throw new Error(`asked for ${asked.stream ? "a" : "no"} stream, got ${response.headers.get("content-type")}`);
  const reading = isStream ? kit.client.readStream(text) : kit.client.readWhole(JSON.parse(text) as Json);
  return { status, dropped, ...reading };
}
