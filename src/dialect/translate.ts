import {
  createTurnMarks,
  type AsideTarget,
  type ChatMessage,
  type NeutralRequest,
  type OutgoingCall,
  type TranslatedRequest,
  type TurnsByKey,
} from "../call/index.ts";
import type { Dialect, Quirks } from "./dialect.ts";
import { findImageAddresses, putImagesIn, type ImageAddress } from "./image-addresses.ts";
import { leaveOutRepeats } from "./leave-out-repeats.ts";
import { findMuteTurns, putBackReasoning, wishOf } from "./put-back-reasoning.ts";
import { foldSystemTurns } from "./system-turns.ts";
import { TextMarks } from "./text-marks.ts";
import { plainToolNames } from "./tool-names.ts";

/** For a vendor of a dialect that is known. */
export type TranslationTarget = AsideTarget & { quirks: Quirks };

/**
 * The request as a body for a vendor of another dialect; an empty body where its images have to be fetched first. Throws
 * SahabErrors that name the field.
 */
export function translate(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): TranslatedRequest {
  const { muteTurns, imageAddresses, end } = beginTranslation(dialect, call, target);
  if (imageAddresses.length > 0 && !target.dataUrls)
    return { body: new Uint8Array(0), dropped: [], muteTurns, imageAddresses, mark: undefined };
  return end(target.turns, target.dataUrls);
}

/** A decoded request on its way to a vendor. */
export interface Translation {
  /** See TranslatedRequest. */
  muteTurns: readonly string[];
  imageAddresses: readonly ImageAddress[];
  /** Encodes it, with what was kept of earlier turns and images that were fetched. Throws SahabErrors that name the field. */
  end(turns?: TurnsByKey, dataUrls?: ReadonlyMap<string, string>): TranslatedRequest;
}

/** In two steps, since what was kept of earlier turns may have to be looked up. */
export function beginTranslation(
  dialect: Dialect,
  call: Pick<OutgoingCall, "decode">,
  target: TranslationTarget,
): Translation {
  const { decoded, marks } = decode(call);
  const chat = chatOf(decoded);
  const wish = chat && wishOf(dialect, target.quirks, target.issuer);
  const muteTurns = chat && wish ? findMuteTurns(chat.request, wish) : none;
  const mark = chat && chat.request.tools.length > 0 ? markOf(chat.request.messages) : undefined;
  const imageAddresses =
    chat && dialect.takesImagesAsData && target.fetchesImages ? findImageAddresses(chat.request) : [];
  const encode = (whole: NeutralRequest) => {
    try {
      return dialect.encodeRequest(whole, target);
    } catch (error) {
      // The error may quote a text, which must not be a mark.
      if (marks) dialect.encodeRequest(call.decode(), target);
      throw error;
    }
  };
  return {
    muteTurns,
    imageAddresses,
    end(turns, dataUrls) {
      const remembered = chat && wish && turns ? putBackReasoning(chat.request, turns, wish) : chat?.request;
      const complete = remembered && dataUrls?.size ? putImagesIn(remembered, dataUrls) : remembered;
      // Last, since turns are known by the client's own names and turns.
      const once = complete && leaveOutRepeats(complete);
      const named = once && plainToolNames(once);
      const plain = named?.request ?? once;
      const isTaken = dialect.takesSystemTurns?.(target.model, target.quirks) ?? false;
      const request = plain && !isTaken ? foldSystemTurns(plain) : plain;
      const whole: NeutralRequest = chat && request && request !== chat.request ? { ...chat, request } : decoded;
      const { body, dropped, headers, variant } = encode(whole);
      if (target.field) body[target.field.name] = JSON.parse(target.field.json);
      for (const name of target.shape?.without ?? []) delete body[name];
      for (const [name, other] of Object.entries(target.shape?.renames ?? {})) {
        body[other] ??= body[name];
        delete body[name];
      }
      for (const [name, json] of Object.entries(target.shape?.with ?? {})) body[name] = JSON.parse(json);
      for (const [name, json] of Object.entries(target.shape?.withDefault ?? {})) body[name] ??= JSON.parse(json);
      const json = JSON.stringify(body);
      const bytes = marks ? marks.putInto(json) : Buffer.from(json);
      const { clientNames } = named ?? {};
      return { body: bytes, dropped, headers, variant, muteTurns, imageAddresses, mark, clientNames };
    },
  };
}

/** With marks for long texts where that makes no difference. */
function decode(call: Pick<OutgoingCall, "decode">): { decoded: NeutralRequest; marks?: TextMarks } {
  const marks = new TextMarks();
  try {
    const decoded = call.decode(marks);
    if (!marks.isUsed) return { decoded };
    const chat = chatOf(decoded);
    if (chat && marks.areCopied(chat.request)) return { decoded, marks };
  } catch (error) {
    // An error says what was found, which must not be a mark.
    if (!marks.isUsed) throw error;
  }
  return { decoded: call.decode() };
}

function chatOf(decoded: NeutralRequest): Extract<NeutralRequest, { operation: "chat" | "token-count" }> | undefined {
  return decoded.operation === "chat" || decoded.operation === "token-count" ? decoded : undefined;
}

/** Of the turn that follows. */
function markOf(messages: ChatMessage[]): string {
  return createTurnMarks(messages)(messages.length);
}

const none: readonly string[] = [];
