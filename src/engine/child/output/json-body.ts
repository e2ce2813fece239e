import { limits } from "../../../base/limits.ts";
import { scanJsonObject } from "../../../dialect/json-scan.ts";
import type { CallableTools, CallBody, ReadCall } from "./rules.ts";
import { headCharsMax } from "./rules.ts";
import { jsonSyntax, scanValue } from "./value-scan.ts";

/** A call as one object: `{"name": …, "arguments": {…}}`, or with `parameters`, or within `{"function": …}`. */
export const jsonBody: CallBody = {
  start: () => ({
    scan: scanValue(jsonSyntax),
    read: (text, how) => (how === "cut" ? readPartial(text) : readWhole(text)),
  }),
};

/** The same without tags around it. It is known early for no call, so that objects of other kinds are not held back. */
export const bareJsonBody: CallBody = {
  start(tools) {
    const { scan, read } = jsonBody.start(tools);
    let isKnown = false;
    return {
      scan(text) {
        if (!isKnown) {
          const head = readHead(text, tools);
          if (head === "none") return "none";
          isKnown = head === "call";
        }
        return scan(text);
      },
      read,
    };
  },
};

const keys = ["name", "arguments", "parameters", "function", "type", "id"];

/** Whether an object is a call to one of the tools, as far as its first field shows. */
function readHead(text: string, tools: CallableTools): "call" | "open" | "none" {
  const found = /^\{\s*(?:"([^"\\]*)("\s*(?::\s*(?:"((?:[^"\\]|\\.)*)("?))?)?)?)?/.exec(text.slice(0, headCharsMax));
  if (!found) return "none";
  const [all, key, keyEnd, value, valueEnd] = found;
  if (key === undefined) return all.length === text.length ? "open" : "none";
  if (keyEnd === undefined)
    return all.length === text.length && keys.some((one) => one.startsWith(key)) ? "open" : "none";
  if (!keys.includes(key)) return "none";
  if (key !== "name") return "call";
  if (valueEnd === '"') {
    const name = parse(`"${value ?? ""}"`);
    return typeof name === "string" && tools.has(name) ? "call" : "none";
  }
  return (value !== undefined || all.length === text.length) && text.length < headCharsMax ? "open" : "none";
}

/** The arguments stay as the model wrote them: parsed and written anew, long numbers would lose digits. */
function readWhole(body: string): ReadCall | undefined {
  const call = parse(body) as { name?: unknown; function?: unknown } | null | undefined;
  if (typeof call?.name !== "string")
    return typeof call?.function === "object" ? readWhole(fieldOf(body, "function") ?? "null") : undefined;
  const fields = call as { arguments?: unknown; parameters?: unknown };
  const key = (["arguments", "parameters"] as const).find((one) => (fields[one] ?? undefined) !== undefined);
  const given = key && fields[key];
  if (typeof given === "string") return { name: call.name, arguments: given };
  return { name: call.name, arguments: (key && fieldOf(body, key)) ?? "{}" };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function fieldOf(json: string, key: string): string | undefined {
  const bytes = Buffer.from(json);
  try {
    const field = scanJsonObject(bytes, { depthMax: limits.jsonDepthMax }).fields.get(key);
    return field && bytes.toString("utf8", field.start, field.end);
  } catch {
    return undefined;
  }
}

/** A call that the token limit cut: the arguments so far are sent, as other servers do. */
function readPartial(body: string): ReadCall | undefined {
  const found = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*(?:,\s*"(?:arguments|parameters)"\s*:\s*([\s\S]*))?/.exec(
    body,
  );
  const name = found?.[1] === undefined ? undefined : parse(found[1]);
  return typeof name === "string" ? { name, arguments: found?.[2] ?? "" } : undefined;
}
