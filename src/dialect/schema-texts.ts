import { limits } from "../base/limits.ts";
import type { ToolDefinition } from "../call/index.ts";
import { parseExactJson } from "./exact-json.ts";
import { asBuffer, scanObjectAt } from "./json-scan.ts";
import type { OpenedBody } from "./open-body.ts";
import type { JsonObject } from "./read.ts";

interface Place {
  /** The field of a tool that holds what describes it, where the tool itself does not. */
  wrapper?: string;
  /** The field with the schema. */
  schema: string;
}

/**
 * Gives each tool its schema as the client wrote it, where parsing lost something: keys that look like numbers change their
 * order, long numbers lose digits, and `1.0` becomes `1`. A local model is shown the schema, and should see what was meant.
 * Vendors of another dialect get the digits, too: 9223372036854775807, a usual bound, would be beyond it.
 */
export function keepSchemaTexts(tools: readonly ToolDefinition[], { body, scan }: OpenedBody, place: Place): void {
  const field = scan.fields.get("tools");
  if (tools.length === 0 || !field?.elements) return;
  const bytes = asBuffer(body);
  if (!losesByParsing.test(bytes.toString("utf8", field.start, field.end))) return;
  const options = { depthMax: limits.jsonDepthMax };
  let at = field.start + 1;
  for (let index = 0; index < field.elements; index++) {
    const tool = scanObjectAt(bytes, at, options);
    at = tool.end + 1;
    const wrapper = place.wrapper === undefined ? undefined : tool.scan.fields.get(place.wrapper);
    const described = wrapper ? scanObjectAt(bytes, wrapper.start, options).scan : tool.scan;
    const [name, schema] = [described.fields.get("name"), described.fields.get(place.schema)];
    if (!name || !schema) continue;
    const text = (part: { start: number; end: number }) => bytes.toString("utf8", part.start, part.end);
    const isNamed = JSON.parse(text(name)) as unknown;
    const found = tools.find((one) => one.name === isNamed && one.parameters && one.parametersJson === undefined);
    if (!found || !losesByParsing.test(text(schema))) continue;
    found.parametersJson = text(schema);
    found.parameters = parseExactJson(found.parametersJson) as JsonObject;
  }
}

/** A key that is a number, a long number, or one with a fraction or an exponent. May see one in a string, too, which does no harm. */
const losesByParsing = /"\d+"\s*:|\d{16}|\d\.\d|\d[eE]/;
