import { asBuffer } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";
import { isObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";

/** Names of the client's tools that take a free text; undefined where it has none, which a native search mostly shows. */
export function findCustomTools({ body, scan }: OpenedBody): ReadonlySet<string> | undefined {
  const field = scan.fields.get("tools");
  if (!field?.elements) return undefined;
  const bytes = asBuffer(body).subarray(field.start, field.end);
  if (!marks.some((mark) => bytes.includes(mark))) return undefined;
  const tools = parseJson(bytes.toString("utf8"));
  const names = (Array.isArray(tools) ? tools.filter(isObject) : []).flatMap(({ type, custom }) =>
    type === "custom" && isObject(custom) && typeof custom["name"] === "string" ? [custom["name"]] : [],
  );
  return names.length > 0 ? new Set(names) : undefined;
}

/** How the type of such a tool may be written in JSON. */
const marks = ['"custom"', "\\u00"].map((mark) => Buffer.from(mark));
