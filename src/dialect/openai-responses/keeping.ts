import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Keeping } from "../dialect.ts";
import { asBuffer, readBoolean, readString, type JsonField } from "../json-scan.ts";
import { openBody, parseBody, type OpenedBody } from "../open-body.ts";
import { invalidField } from "../read.ts";
import { listItems, textField, type ListItem } from "../list-items.ts";

/** What a request says of answers that are kept. It can be sent to another thread. */
export interface FoundKeeping {
  isStored: boolean;
  isBackground: boolean;
  previousId: string | undefined;
  namedParts: readonly string[];
}

/** Finds it without parsing the body. Throws `unsupported_parameter` for what is kept nowhere here, or `invalid_request`. */
export function findKeeping(opened: OpenedBody, operation: "chat" | "token-count"): FoundKeeping {
  const { body, scan } = opened;
  for (const [name, instead] of unkept) {
    if (!isAbsent(body, scan.fields.get(name))) throw unsupported(name, instead);
  }
  const isAnswer = operation === "chat";
  const isStored = isAnswer && readBoolean(body, scan, "store") !== false;
  const isBackground = isAnswer && readBoolean(body, scan, "background") === true;
  if (isBackground && !isStored)
    throw invalidField(
      "background",
      "an answer that is made in the background is kept until it is fetched; expected store: true",
    );
  // Its client is shown the request's fields before anybody else has read them.
  if (isBackground) parseBody(opened, "input");
  return {
    isStored,
    isBackground,
    previousId: readString(body, scan, "previous_response_id"),
    namedParts: namedPartsOf(opened),
  };
}

/** As the path takes it; undefined for a request that has nothing to do with kept answers. */
export function toKeeping({ body }: OpenedBody, found: FoundKeeping): Keeping | undefined {
  const { isStored, isBackground, previousId, namedParts } = found;
  if (!isStored && previousId === undefined && namedParts.length === 0) return undefined;
  return {
    isStored,
    storedBy: "store",
    isBackground,
    previous: previousId === undefined ? undefined : { id: previousId, param: "previous_response_id" },
    namedParts,
    requestText: () => asBuffer(body).toString("utf8"),
  };
}

/** Ids of the items that a kept request only names. */
export function namedPartsOfRequest(request: string): readonly string[] {
  return request.includes(referenceType) ? namedPartsOf(openBody(Buffer.from(request))) : [];
}

function namedPartsOf({ body, scan }: OpenedBody): readonly string[] {
  const input = scan.fields.get("input");
  if (!mayName(body, input)) return none;
  const named = listItems(body, input).flatMap((item) => referenceOf(item) ?? none);
  if (named.length > limits.messagesMax)
    throw invalidField("input", `expected at most ${limits.messagesMax} item references, found ${named.length}`);
  return named;
}

const none: readonly string[] = [];
const referenceType = "item_reference";

/** Most inputs name no items, which a native search shows. */
export function mayName(body: Uint8Array, input: JsonField | undefined): boolean {
  return Boolean(input?.elements) && asBuffer(body).subarray(input?.start, input?.end).includes(referenceType);
}

/** The id that an item names in its own place. */
export function referenceOf(item: ListItem): string | undefined {
  return textField(item, "type") === referenceType ? (textField(item, "id") ?? "") : undefined;
}

const unkept = [
  ["conversation", "name the last response with previous_response_id, or send the whole conversation as input"],
  ["prompt", "send the prompt's text as instructions"],
] as const;

/** The first letter of `null`. */
const nullStart = 0x6e;

export function isAbsent(body: Uint8Array, field: JsonField | undefined): boolean {
  return !field || body[field.start] === nullStart;
}

function unsupported(param: string, instead: string): SahabError {
  return new SahabError("unsupported_parameter", `${param}: none is kept here; ${instead}`, { param });
}
