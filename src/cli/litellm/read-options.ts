import { fieldsOf, numberOf, textOf, type Fields } from "./fields.ts";
import { variableName, variableOf, type Variables } from "./variables.ts";

/** Headers whose values are no secret. */
const openHeaders =
  /^(?:accept|anthropic-(?:beta|version)|http-referer|openai-(?:beta|organization|project)|user-agent|x-title)$/i;

/** The headers of a provider; values that may be secret become variables. */
export function readHeaders(params: Fields, named: string, variables: Variables): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries({
    ...(params["organization"] === undefined ? {} : { "openai-organization": params["organization"] }),
    ...fieldsOf(params["extra_headers"]),
    ...fieldsOf(params["headers"]),
  })) {
    const text = textOf(value);
    if (text === undefined) continue;
    const isOpen = openHeaders.test(name) && variableOf(text) === undefined;
    headers[name] = isOpen ? text : variables.refer(text, variableName(named, name)).text;
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** Milliseconds that a timeout may have at most. */
const timeoutMsMax = 3_600_000;

/** The timeouts of a provider; `timeoutS` is that of all calls. */
export function readTimeouts(params: Fields, timeoutS: number | undefined): Record<string, number> | undefined {
  const wholeS = numberOf(params["timeout"]) ?? numberOf(params["request_timeout"]) ?? timeoutS;
  const firstS = numberOf(params["stream_timeout"]);
  const timeouts: Record<string, number> = {};
  if (firstS !== undefined && firstS > 0) timeouts["first_text_ms"] = toMs(firstS);
  if (wholeS !== undefined && wholeS > 0) timeouts["whole_ms"] = toMs(wholeS);
  return Object.keys(timeouts).length === 0 ? undefined : timeouts;
}

function toMs(seconds: number): number {
  return Math.max(1, Math.min(timeoutMsMax, Math.round(seconds * 1000)));
}
