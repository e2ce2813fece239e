import { limits } from "../base/limits.ts";
import type { ChatRequest, ToolDefinition } from "../call/index.ts";
import { parseExactJson } from "./exact-json.ts";
import { asBuffer, scanObjectAt, type JsonField } from "./json-scan.ts";
import type { OpenedBody } from "./open-body.ts";
import type { JsonObject } from "./read.ts";

interface Place {
  /** The field of a tool that holds what describes it, where the tool itself does not. */
  wrapper?: string;
  /** The field with the schema. */
  schema: string;
  /** The field of an element that holds a list of tools in its place. */
  list?: string;
}

/**
 * Gives each tool its schema as the client wrote it, where parsing lost something: keys that look like numbers change their
 * order, long numbers lose digits, and `1.0` becomes `1`. A local model is shown the schema, and should see what was meant.
 * Vendors of another dialect get the digits, too: 9223372036854775807, a usual bound, would be beyond it.
 */
export function keepSchemaTexts(
  { tools, hostedTools }: Pick<ChatRequest, "tools" | "hostedTools">,
  { body, scan }: OpenedBody,
  place: Place,
): void {
  const field = scan.fields.get("tools");
  if (tools.length === 0 || !field?.elements) return;
  const bytes = asBuffer(body);
  if (!losesByParsing.test(bytes.toString("utf8", field.start, field.end))) return;
  keepOfList(bytes, field, new Set(hostedTools.map(({ index }) => index)), tools.values(), place);
}

function keepOfList(
  bytes: Buffer,
  { start, elements = 0 }: JsonField,
  hosted: ReadonlySet<number>,
  following: Iterator<ToolDefinition>,
  place: Place,
): void {
  const options = { depthMax: limits.jsonDepthMax };
  let at = start + 1;
  for (let index = 0; index < elements; index++) {
    const tool = scanObjectAt(bytes, at, options);
    at = tool.end + 1;
    if (hosted.has(index)) continue;
    const inner = place.list === undefined ? undefined : tool.scan.fields.get(place.list);
    if (inner) {
      keepOfList(bytes, inner, none, following, { schema: place.schema });
      continue;
    }
    const found: ToolDefinition | undefined = following.next().value;
    const wrapper = place.wrapper === undefined ? undefined : tool.scan.fields.get(place.wrapper);
    const described = wrapper ? scanObjectAt(bytes, wrapper.start, options).scan : tool.scan;
    const schema = described.fields.get(place.schema);
    if (!found?.parameters || !schema) continue;
    const text = bytes.toString("utf8", schema.start, schema.end);
    if (!losesByParsing.test(text)) continue;
    found.parametersJson = text;
    found.parameters = parseExactJson(text) as JsonObject;
  }
}

const none: ReadonlySet<number> = new Set();

/** A key that is a number, a long number, or one with a fraction or an exponent. May see one in a string, too, which does no harm. */
const losesByParsing = /"\d+"\s*:|\d{16}|\d\.\d|\d[eE]/;
