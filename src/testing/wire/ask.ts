import type { Asked } from "./asked.ts";
import type { Json } from "./json.ts";
import type { Kit } from "./kit.ts";
import { nothingSaid, type Got } from "./said.ts";

/** An answer as it was on the wire. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Asks as a client of the kit's dialect does, and reads what comes. */
export async function ask(kit: Kit, asked: Asked, sahab: { address: string; key: string }): Promise<Got> {
  return readAnswer(kit, asked, await send(kit, asked, sahab));
}

/** `change`: what else the client asks. */
export async function send(
  kit: Kit,
  asked: Asked,
  sahab: { address: string; key: string },
  change?: (body: Json) => Json,
): Promise<RawAnswer> {
  const { path, headers, body } = kit.client.request(asked, sahab.key);
  const response = await fetch(sahab.address + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(change ? change(body) : body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Throws Broken where the client's SDK would stumble. */
export function readAnswer(kit: Kit, asked: Asked, { status, headers, text }: RawAnswer): Got {
  const dropped = headers.get("x-sahab-dropped")?.split(/,\s*/) ?? [];
  if (status !== 200) {
    const error = kit.client.readError(JSON.parse(text) as Json);
    return { status, dropped, error, said: nothingSaid(), isWhole: false, native: undefined, cost: undefined };
  }
  const type = headers.get("content-type");
  const isStream = type?.startsWith("text/event-stream") === true;
  if (isStream !== asked.stream) throw new Error(`asked for ${asked.stream ? "a" : "no"} stream, got ${type}`);
  const reading = isStream ? kit.client.readStream(text) : kit.client.readWhole(JSON.parse(text) as Json);
  return { status, dropped, ...reading };
}
