import { SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { dialectOf } from "./other-paths.ts";

/**
 * The body of an answer to what cannot be read as a request, in the form of whoever seems to have sent it: Google's programs end with a
 * stack trace at any other. `head` is what has come of it.
 */
export function encodeRefusal(problem: Error, head = ""): string {
  const error =
    problem instanceof SahabError
      ? problem
      : new SahabError("invalid_request", `Cannot read the request: ${problem.message}`);
  const path = /^\S+ (\/[^\s?]*)/.exec(head)?.[1] ?? "";
  const headers = { get: (name: string) => valueOf(head, name) };
  return JSON.stringify(dialectOf(path, headers).encodeError(error, newId("req")).body);
}

/** A header's value in a text that may be broken anywhere. */
function valueOf(head: string, name: string): string | null {
  const line = head.split("\n").find((one) => one.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? null;
}
