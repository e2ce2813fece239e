import type { ShownFile, Upload } from "../files-form.ts";
import { invalidField, type JsonObject } from "../read.ts";

const purposes = ["batch", "assistants", "fine-tune", "vision", "user_data", "evals"];
/** An hour to 30 days, as OpenAI has it. */
const expiryS = { min: 3_600, max: 2_592_000 };

/** The fields of an upload beside the file. */
export function readUpload(fields: ReadonlyMap<string, string>): Upload {
  const purpose = fields.get("purpose");
  if (purpose === undefined || !purposes.includes(purpose))
    throw invalidField(
      "purpose",
      `expected one of ${purposes.join(", ")}, found ${purpose === undefined ? "nothing" : JSON.stringify(purpose.slice(0, 40))}`,
    );
  const anchor = fields.get("expires_after[anchor]");
  const seconds = fields.get("expires_after[seconds]");
  if (anchor === undefined && seconds === undefined) return { purpose, expiresAfterS: undefined };
  return { purpose, expiresAfterS: readExpiry({ anchor, seconds: Number(seconds) }, "expires_after") };
}

/** The seconds of an `expires_after`. */
export function readExpiry({ anchor, seconds }: JsonObject, path: string): number {
  if (anchor !== "created_at") throw invalidField(`${path}.anchor`, `expected "created_at"`);
  const { min, max } = expiryS;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= min && seconds <= max) return seconds;
  throw invalidField(`${path}.seconds`, `expected a whole number from ${min} to ${max}`);
}

export function encodeFile({ id, name, purpose, bytes, createdMs, expiresMs }: ShownFile): JsonObject {
  return {
    id,
    object: "file",
    bytes,
    created_at: Math.floor(createdMs / 1000),
    expires_at: Math.floor(expiresMs / 1000),
    filename: name,
    purpose,
    status: "processed",
    status_details: null,
  };
}
