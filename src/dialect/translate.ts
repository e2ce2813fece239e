import type { AsideTarget, NeutralRequest, OutgoingCall, TranslatedRequest, TurnsByKey } from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";
import { findMuteTurns, putBackReasoning, wishOf } from "./put-back-reasoning.ts";

/** For a vendor of a dialect that is known. */
export type TranslationTarget = AsideTarget & { quirks: Quirks };

/** The request as a body for a vendor of another dialect. Throws SahabErrors that name the field. */
export function translate(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): TranslatedRequest {
  return beginTranslation(dialect, call, target).end(target.turns);
}

/** A decoded request on its way to a vendor. */
export interface Translation {
  /** See TranslatedRequest. */
  muteTurns: readonly string[];
  /** Encodes it, with what was kept of earlier turns. Throws SahabErrors that name the field. */
  end(turns?: TurnsByKey): TranslatedRequest;
}

/** In two steps, since what was kept of earlier turns may have to be looked up. */
export function beginTranslation(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): Translation {
  const decoded = call.decode();
  const chat = decoded.operation === "chat" || decoded.operation === "token-count" ? decoded : undefined;
  const wish = chat && wishOf(dialect, target.quirks);
  const muteTurns = chat && wish ? findMuteTurns(chat.request, wish) : none;
  return {
    muteTurns,
    end(turns) {
      const whole: NeutralRequest =
        chat && wish && turns ? { ...chat, request: putBackReasoning(chat.request, turns, wish) } : decoded;
      const { body, dropped, headers, variant } = dialect.encodeRequest(whole, target);
      if (target.field) body[target.field.name] = JSON.parse(target.field.json);
      return { body: Buffer.from(JSON.stringify(body)), dropped, headers, variant, muteTurns };
    },
  };
}

const none: readonly string[] = [];
