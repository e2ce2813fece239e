import type { AsideTarget, OutgoingCall, TranslatedRequest } from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";

/** For a vendor of a dialect that is known. */
export type TranslationTarget = AsideTarget & { quirks: Quirks };

/** The request as a body for a vendor of another dialect. Throws SahabErrors that name the field. */
export function translate(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): TranslatedRequest {
  const { body, dropped, headers, variant } = dialect.encodeRequest(call.decode(), target);
  if (target.field) body[target.field.name] = JSON.parse(target.field.json);
  return { body: Buffer.from(JSON.stringify(body)), dropped, headers, variant };
}
