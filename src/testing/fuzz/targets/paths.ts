import type { SahabError } from "../../../base/errors.ts";
import { isOperation } from "../../../call/index.ts";
import { dialects } from "../../../dialect/registry.ts";
import { attempt, type Target } from "../target.ts";
import { headers, isOwn } from "./requests.ts";

/** A path that a pattern takes names a model or an id that can be read, or the request is refused; and no path takes long. */
export const paths: Target = {
  name: "paths",
  seeds: [
    "/v1beta/models/gemini-2.5-flash:generateContent",
    "/v1beta/models/a%2Fb:streamGenerateContent?alt=sse&key=k",
    "/v1/projects/p/locations/l/publishers/google/models/m:countTokens",
    "/v1beta/tunedModels/mine:embedContent",
    "/v1/responses/resp_1?stream=true&starting_after=3",
    "/v1/responses/resp_1/input_items?limit=20&order=asc&after=x",
    "/v1/responses/resp_1/cancel",
    "/api/v1/tasks/0f0e/cancel",
    "/v1/models/openai/gpt%20x",
  ],
  words: [
    ..."/|//|:|%|%2F|%00|%ff|models/|tunedModels/|publishers/|projects/|locations/|:generateContent|:batchEmbedContents".split(
      "|",
    ),
    ..."v1beta|v1beta1|/responses/|/input_items|/cancel|/tasks/|?|&|=|alt=sse|alt=json|starting_after=|limit=-1|order=".split(
      "|",
    ),
  ],
  run(input) {
    const [path = "", query = ""] = input.toString("latin1").split("?", 2);
    for (const dialect of dialects)
      for (const { path: pattern, serves } of dialect.routes) {
        const found = typeof pattern === "string" ? pattern === path || undefined : pattern.exec(path);
        if (!found || !isOperation(serves)) continue;
        const body = Buffer.from('{"model":"m","contents":[{"role":"user","parts":[{"text":"a"}]}]}');
        const opened = attempt(() => dialect.open({ operation: serves, path, query, headers, body }), isOwn);
        if (opened.error) dialect.encodeError(opened.error as SahabError, "r");
        else if (typeof opened.value.model !== "string") throw new Error("a request without a model");
        if (!opened.value) continue;
        const { model, stream } = opened.value;
        for (const vendor of dialects) attempt(() => vendor.path(serves, { model, stream }), isOwn);
      }
  },
};
