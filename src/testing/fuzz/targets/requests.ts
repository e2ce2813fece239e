import { SahabError } from "../../../base/errors.ts";
import { isOperation } from "../../../call/index.ts";
import { dialects } from "../../../dialect/registry.ts";
import { keysOf, makeJsonObject, wordsOf } from "../json-text.ts";
import { pick } from "../make-input.ts";
import { attempt, same, type Target } from "../target.ts";
import { chatBodies, generationBodies, messagesBodies, responsesBodies } from "./samples.ts";

const seeds = [...chatBodies, ...messagesBodies, ...generationBodies, ...responsesBodies];
const words = wordsOf(seeds);
const keys = keysOf(words);
const headers = { get: () => null };
const isOwn = (error: Error) => error instanceof SahabError;
const routes = dialects.flatMap((dialect) =>
  dialect.routes.flatMap(({ serves, path }) =>
    isOperation(serves) && typeof path === "string" ? [{ dialect, operation: serves, path }] : [],
  ),
);

/** Each route opens each body: a SahabError or a request, which can be decoded, encoded for the others, and renamed. */
export const requests: Target = {
  name: "requests",
  seeds,
  words,
  generate: (random) => makeJsonObject(random, keys),
  run(input, random) {
    const { dialect, operation, path } = pick(routes, random);
    const opened = attempt(() => dialect.open({ operation, path, headers, body: input }), isOwn);
    if (opened.error) {
      dialect.encodeError(opened.error as SahabError, "r");
      return;
    }
    const request = opened.value;
    if (!(request.promptBytes >= 0 && request.promptBytes <= input.length + 3200))
      throw new Error(`a body of ${input.length} bytes has ${request.promptBytes} bytes of prompt`);
    const rewritten = attempt(() => Buffer.concat(request.rewrite("another").pieces), isOwn);
    if (!rewritten.value) return;
    const { value: body } = rewritten;
    const again = attempt(() => dialect.open({ operation, path, headers, body }), isOwn);
    if (again.error) throw new Error(`the renamed request is refused: ${again.error.message}`);
    same("the renamed model", again.value.model, "another");
    const decoded = attempt(() => request.decode(), isOwn);
    if (!decoded.value) return;
    for (const other of dialects)
      attempt(() => JSON.stringify(other.encodeRequest(decoded.value, { model: "x", quirks: {} })), isOwn);
  },
};
