import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { missingProof, type ClientProof } from "../../call/index.ts";
import type { StoredAnswer } from "../dialect.ts";
import { asBuffer, scanJsonObject, type JsonField, type JsonScan } from "../json-scan.ts";
import { removeFields, setField, spliceJson } from "../json-splice.ts";
import { placesIn } from "../leave-out.ts";
import { openBody, type OpenedBody } from "../open-body.ts";
import { isAbsent, mayName, referenceOf } from "./keeping.ts";
import { isSaid, jsonOf, listItems, textField } from "../list-items.ts";

/**
 * The body with the input and output of earlier responses in front of its own input, and with each item that it only names in full.
 * The items' own bytes are copied; instructions of earlier requests do not count, as in OpenAI's API. Throws `body_too_large`
 * before it copies more than a request's body may have: a few bytes can name a large item thousands of times.
 */
export function continueInput(
  opened: OpenedBody,
  earlier: readonly StoredAnswer[],
  holders: readonly StoredAnswer[],
): Uint8Array {
  const { body, scan } = opened;
  const known = new KnownItems([...earlier, ...holders]);
  const items = earlier.flatMap(({ request, answer }) => [
    ...itemsOf(openBody(Buffer.from(request)), known),
    ...outputOf(answer).map(jsonOf),
  ]);
  for (const item of itemsOf(opened, known)) items.push(item);
  checkSize(body, items);
  const edits = [setField(scan, "input", `[${items.join(",")}]`)];
  const previous = scan.fields.get("previous_response_id");
  if (previous) edits.push(...removeFields(body, [previous]));
  return spliceJson(body, edits);
}

function checkSize(body: Uint8Array, items: readonly string[]): void {
  let bytes = body.length;
  for (const item of items) bytes += Buffer.byteLength(item);
  if (bytes <= limits.requestBodyBytesMax) return;
  throw new SahabError(
    "body_too_large",
    `The input with all that it goes on from has ${bytes} bytes or more; at most ${limits.requestBodyBytesMax} are allowed`,
  );
}

/** A request's input; undefined where it has none, or null in its place. */
export function inputOf(body: Uint8Array, scan: JsonScan): JsonField | undefined {
  const input = scan.fields.get("input");
  return isAbsent(body, input) ? undefined : input;
}

/** The items of a request's input as JSON. */
function itemsOf({ body, scan }: OpenedBody, known: KnownItems): string[] {
  const input = inputOf(body, scan);
  if (!input) return [];
  const json = (start: number, end: number) => asBuffer(body).toString("utf8", start, end);
  if (input.elements === undefined) return [`{"role":"user","content":${json(input.start, input.end)}}`];
  if (input.elements === 0) return [];
  if (!mayName(body, input)) return [json(input.start + 1, input.end - 1)];
  return listItems(body, input).map((item, index) => {
    const id = referenceOf(item);
    return id === undefined ? jsonOf(item) : known.find(id, index);
  });
}

/** Items of answers by their id, looked for where some are named. */
class KnownItems {
  readonly #answers: readonly StoredAnswer[];
  #byId: Map<string, string> | undefined;

  constructor(answers: readonly StoredAnswer[]) {
    this.#answers = answers;
  }

  /** Throws `invalid_request` for one that is not kept, in OpenAI's words. */
  find(id: string, index: number): string {
    this.#byId ??= new Map(
      this.#answers.flatMap(({ answer }) =>
        outputOf(answer).flatMap((item): [string, string][] => {
          const own = textField(item, "id");
          return own === undefined ? [] : [[own, jsonOf(item)]];
        }),
      ),
    );
    const found = this.#byId.get(id);
    if (found !== undefined) return found;
    throw new SahabError("invalid_request", `Item with id '${id.slice(0, 100)}' not found.`, {
      param: `input[${index}].id`,
    });
  }
}

function outputOf(answer: string | undefined) {
  if (answer === undefined) return [];
  const body = Buffer.from(answer);
  return listItems(body, scanJsonObject(body, { depthMax: limits.jsonDepthMax }).fields.get("output"));
}

/**
 * Reasoning without its proof or its own text, to be left out: what another vendor's model thought, which says nothing to a vendor
 * of this dialect and would be looked up there by its id.
 */
export function findUnproved(body: Uint8Array, scan: JsonScan): ClientProof[] {
  const input = scan.fields.get("input");
  if (!input?.elements || !asBuffer(body).subarray(input.start, input.end).includes('"reasoning"')) return [];
  const items = listItems(body, input);
  const places = placesIn(items, input);
  return items.flatMap((item, index): ClientProof[] => {
    const isUnproved =
      textField(item, "type") === "reasoning" && !isSaid(item, "encrypted_content") && !isSaid(item, "content");
    return isUnproved ? [{ key: missingProof, path: `input[${index}]`, element: places[index], edits: [] }] : [];
  });
}
