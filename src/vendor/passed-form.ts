import { SahabError } from "../base/errors.ts";
import type { OutgoingCall } from "../call/index.ts";
import type { BodyForm } from "../dialect/body-start.ts";
import { eventStreamType, jsonType, plainType } from "../dialect/media-types.ts";

/** What a client is told of the bytes of an answer that only passes. Throws for what cannot pass. */
export function passedType(
  { stream }: OutgoingCall,
  form: BodyForm,
  { contentType, endsWithConnection }: { contentType: string | null; endsWithConnection: boolean },
): string {
  if (form === "events" && !stream) throw invalid("answered with a stream of events, which was not asked for");
  if (form === "bytes" && endsWithConnection)
    throw invalid("answered with neither a length nor chunks, so that nobody could tell whether it is whole");
  if (form === "bytes") return plainType(contentType);
  return form === "events" ? eventStreamType : jsonType;
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", problem);
}
