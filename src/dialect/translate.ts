import type { OutgoingCall, TranslatedRequest } from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";

/** The request as a body for a vendor of another dialect. Throws SahabErrors that name the field. */
export function translate(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: { model: string; quirks: Quirks },
): TranslatedRequest {
  const { body, dropped } = dialect.encodeRequest(call.decode(), target);
  return { body: Buffer.from(JSON.stringify(body)), dropped };
}
