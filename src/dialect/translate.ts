import type { OutgoingCall, TranslatedRequest } from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";

/** What the request becomes: `field` is one that the vendor gets besides, such as the tag of its cache. */
export interface TranslationTarget {
  model: string;
  quirks: Quirks;
  field?: { name: string; json: string } | undefined;
}

/** The request as a body for a vendor of another dialect. Throws SahabErrors that name the field. */
export function translate(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): TranslatedRequest {
  const { body, dropped } = dialect.encodeRequest(call.decode(), target);
  if (target.field) body[target.field.name] = JSON.parse(target.field.json);
  return { body: Buffer.from(JSON.stringify(body)), dropped };
}
