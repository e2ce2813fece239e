import { SahabError } from "../../../base/errors.ts";
import { isOperation, type Operation } from "../../../call/index.ts";
import type { Dialect } from "../../../dialect/dialect.ts";
import { dialects } from "../../../dialect/registry.ts";
import { keysOf, makeJsonObject, wordsOf } from "../json-text.ts";
import { pick } from "../make-input.ts";
import { attempt, same, type Target } from "../target.ts";
import { chatBodies, geminiBodies, generationBodies, messagesBodies, responsesBodies } from "./samples.ts";

const seeds = [...chatBodies, ...messagesBodies, ...generationBodies, ...responsesBodies, ...geminiBodies];
const words = wordsOf(seeds);
const keys = keysOf(words);
export const headers = { get: () => null };
export const isOwn = (error: Error): boolean => error instanceof SahabError;

interface RequestRoute {
  dialect: Dialect;
  operation: Operation;
  path: string;
  /** The body does not name the model, since the path does. */
  namesModel: boolean;
}

/** Paths for the patterns among the routes, at least one for each. */
const examples = [
  "/v1beta/models/m:generateContent",
  "/v1beta/models/tuned%2Fm:streamGenerateContent",
  "/v1beta/tunedModels/m:generateContent",
  "/v1beta/models/m:countTokens",
  "/v1beta/models/m:embedContent",
  "/v1/projects/p/locations/l/publishers/google/models/m:batchEmbedContents",
  "/v2/rerank",
];

const routes: readonly RequestRoute[] = dialects.flatMap((dialect) =>
  dialect.routes.flatMap(({ serves, path, method }) => {
    if (!isOperation(serves) || method !== "POST") return [];
    const found = typeof path === "string" ? [path] : examples.filter((example) => path.test(example));
    if (found.length === 0) throw new Error(`no example of ${String(path)}`);
    const namesModel = typeof path !== "string" && path.source.includes("(?<model>");
    return found.map((example) => ({ dialect, operation: serves, path: example, namesModel }));
  }),
);

/** Each route opens each body: a SahabError or a request, which can be decoded, encoded for the others, and renamed. */
export const requests: Target = {
  name: "requests",
  seeds,
  words,
  generate: (random) => makeJsonObject(random, keys),
  run(input, random) {
    const { dialect, operation, path, namesModel } = pick(routes, random);
    const query = pick(["", "alt=sse", "alt=json&key=k", "%", "alt=sse&alt=sse"], random);
    const opened = attempt(() => dialect.open({ operation, path, query, headers, body: input }), isOwn);
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
    // As a vendor gets it, whose path names the model where the body does not.
    const renamed = namesModel ? dialect.path(operation, { model: "another", stream: request.stream }) : path;
    const at = { path: renamed?.split("?", 1)[0] ?? "", query };
    const again = attempt(() => dialect.open({ operation, ...at, headers, body }), isOwn);
    if (again.error) throw new Error(`the renamed request is refused: ${again.error.message}`);
    same("the renamed model", again.value.model, "another");
    const decoded = attempt(() => request.decode(), isOwn);
    if (!decoded.value) return;
    for (const other of dialects)
      attempt(() => JSON.stringify(other.encodeRequest(decoded.value, { model: "x", quirks: {} })), isOwn);
  },
};
