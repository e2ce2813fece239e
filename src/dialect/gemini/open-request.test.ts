import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import type { Operation } from "../../call/index.ts";
import type { OpenedRequest } from "../dialect.ts";
import { gemini } from "./index.ts";

const base = "/v1beta/models/m";
const hello = '"contents":[{"role":"user","parts":[{"text":"Hi"}]}]';

function open(body: string | object, path = `${base}:generateContent`, query = ""): OpenedRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const route = gemini.routes.find((one) => one.method === "POST" && one.path instanceof RegExp && one.path.test(path));
  const operation = route?.serves as Operation;
  return gemini.open({ operation, path, query, headers: new Headers(), body: Buffer.from(text) });
}

function rewritten(body: string | object, path?: string, passes: string[] = []) {
  const { pieces, dropped } = open(body, path).rewrite("vendor-model", { passes: new Set(passes) });
  return { text: Buffer.concat(pieces).toString(), dropped };
}

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return [error.code, error.param];
  }
  return "nothing thrown";
}

describe("the model stands in the address", () => {
  test.each([
    ["/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", false],
    ["/v1/models/gemini-2.5-flash:streamGenerateContent", "gemini-2.5-flash", true],
    ["/v1beta/models/org/qwen3:4b:generateContent", "org/qwen3:4b", false],
    ["/v1beta/models/org%2Fqwen3%3A4b:generateContent", "org/qwen3:4b", false],
    ["/v1beta/models//a%20b:generateContent", "a b", false],
    ["/v1beta/models/bad%escape:generateContent", "bad%escape", false],
    ["/v1beta/tunedModels/mine:generateContent", "tunedModels/mine", false],
    ["/v1beta1/publishers/google/models/g:generateContent", "g", false],
    ["/v1beta1/projects/p/locations/us-central1/publishers/google/models/g:generateContent", "g", false],
  ])("%s", (path, model, stream) => expect(open(`{${hello}}`, path)).toMatchObject({ model, stream, choiceCount: 1 }));

  test.each([
    ["m", "/v1beta/models/m:generateContent"],
    ["models/m", "/v1beta/models/m:generateContent"],
    ["tunedModels/m", "/v1beta/tunedModels/m:generateContent"],
    ["org/a b:4b", "/v1beta/models/org/a%20b%3A4b:generateContent"],
  ])("the vendor's %s", (model, path) => {
    expect(gemini.path("chat", { model, stream: false })).toBe(path);
    const found = gemini.routes.find((one) => one.path instanceof RegExp && one.path.test(path));
    expect(found?.serves).toBe("chat");
  });

  test("a name that is too long is refused", () => {
    expect(faultOf(() => open(`{${hello}}`, `/v1beta/models/${"m".repeat(300)}:generateContent`))).toEqual([
      "invalid_request",
      "model",
    ]);
  });
});

describe("the client's own bytes go on", () => {
  test("as they are", () => {
    const body = `{ "system_instruction" : {"parts":[{"text":"\\u0041"}]},\n ${hello}, "generationConfig":{"topK":40.0} }`;
    expect(rewritten(body)).toEqual({ text: body, dropped: undefined });
  });

  test("a body that names a model gets the vendor's", () => {
    expect(rewritten(`{"model":"models/dear-model",${hello}}`).text).toBe(`{"model":"models/vendor-model",${hello}}`);
    const counted = `{"generateContentRequest":{"model":"models/dear-model",${hello},"labels":{"a":"b"}}}`;
    expect(rewritten(counted, `${base}:countTokens`)).toEqual({
      text: `{"generateContentRequest":{"model":"models/vendor-model",${hello}}}`,
      dropped: ["generateContentRequest.labels"],
    });
    const batch = '{"requests":[{"model":"models/dear-model","content":{"parts":[]}} , {"content":{"parts":[]}}]}';
    expect(rewritten(batch, `${base}:batchEmbedContents`).text).toBe(
      '{"requests":[{"model":"models/vendor-model","content":{"parts":[]}} , {"model":"models/vendor-model","content":{"parts":[]}}]}',
    );
  });

  test("without what reaches beyond the model", () => {
    const body = `{${hello},"cachedContent":"cachedContents/x","cached_content":"cachedContents/y","labels":{"team":"a"},"safetySettings":[]}`;
    expect(rewritten(body)).toEqual({
      text: `{${hello},"safetySettings":[]}`,
      dropped: ["cachedContent", "cached_content", "labels"],
    });
    expect(rewritten(body, undefined, ["labels"]).text).toBe(`{${hello},"labels":{"team":"a"},"safetySettings":[]}`);
    const routed = (config: string) => `{${hello},"generationConfig":${config}}`;
    expect(rewritten(routed('{"topK":1,"routingConfig":{"manualMode":{"modelName":"dear-model"}}}'))).toEqual({
      text: routed('{"topK":1}'),
      dropped: ["generationConfig.routingConfig"],
    });
    expect(rewritten(routed('{ "routing_config":{}, "modelSelectionConfig" : {} }')).text).toBe(routed("{ }"));
  });

  test("tools on other servers are refused unless they are allowed", () => {
    const body = `{${hello},"tools":[{"googleSearch":{}},{"mcpServers":[{"name":"x"}]}]}`;
    expect(faultOf(() => rewritten(body))).toEqual(["unsupported_parameter", "tools[1]"]);
    expect(rewritten(body, undefined, ["tools.mcp"]).text).toBe(body);
    expect(faultOf(() => rewritten(`{${hello},"tools":[{"fileSearch":{}}]}`))).toEqual([
      "unsupported_parameter",
      "tools[0]",
    ]);
    // Google takes one object for a list of one.
    const lone = `{${hello},"tools":{"fileSearch":{}}}`;
    expect(faultOf(() => rewritten(lone))).toEqual(["unsupported_parameter", "tools[0]"]);
    expect(rewritten(lone, undefined, ["tools.file_search"]).text).toBe(lone);
  });

  test("one object counts as a list of one", () => {
    const body = '{"contents":{"parts":{"text":"Hi"}},"tools":{"functionDeclarations":{"name":"f"}}}';
    expect(rewritten(body)).toEqual({ text: body, dropped: undefined });
    expect(open(body)).toMatchObject({ promptBytes: 60, offersTools: true });
  });
});

describe("a field that counts is there once", () => {
  test.each([
    [`{${hello},${hello}}`, "contents"],
    [`{${hello},"Contents":[]}`, "contents"],
    [`{${hello},"CONTENTS":[]}`, "contents"],
    [`{${hello},"generationConfig":{},"generation_config":{"candidateCount":8}}`, "generationConfig"],
    [`{${hello},"GenerationConfig":{}}`, "generationConfig"],
    [`{${hello},"generationconfig":{}}`, "generationConfig"],
    [`{${hello},"systemInstruction":{},"system_instruction":{}}`, "systemInstruction"],
    [`{${hello},"generationConfig":{"candidateCount":1,"candidate_count":8}}`, "generationConfig.candidateCount"],
    [`{${hello},"generationConfig":{"candidatecount":8}}`, "generationConfig.candidateCount"],
    [`{${hello},"generationConfig":{"candidateCount":1,"candidateCount":8}}`, "generationConfig.candidateCount"],
    [`{${hello},"CachedContent":"x"}`, "cachedcontent"],
    [`{${hello},"Model":"x"}`, "model"],
  ])("%s", (body, param) => expect(faultOf(() => open(body))).toEqual(["invalid_request", param]));

  test.each(["{}", '{"contents":[]}', '{"contents":"x"}'])("%s has no contents", (body) =>
    expect(faultOf(() => open(body))).toEqual(["invalid_request", "contents"]),
  );
});

test("candidates are counted in either spelling", () => {
  expect(open(`{${hello},"generationConfig":{"candidateCount":3}}`).choiceCount).toBe(3);
  expect(open(`{${hello},"generation_config":{"candidate_count":2}}`).choiceCount).toBe(2);
});

test("inline images count as one; what only looks like one counts in full", () => {
  const data = "A".repeat(1_000_000);
  const bytesOf = (part: object) => open({ contents: [{ parts: [part] }] }).promptBytes;
  expect(bytesOf({ inlineData: { mimeType: "image/png", data } })).toBeLessThan(5_000);
  expect(bytesOf({ inline_data: { mime_type: "image/png", data } })).toBeLessThan(5_000);
  const image = { inlineData: { mimeType: "image/png", data } };
  expect(open({ contents: { parts: image } }).promptBytes).toBeLessThan(5_000);
  expect(bytesOf({ inlineData: { mimeType: "application/pdf", data } })).toBeGreaterThan(1_000_000);
  const hidden = { functionResponse: { name: "f", response: { inlineData: { mimeType: "image/png", data } } } };
  expect(bytesOf(hidden)).toBeGreaterThan(1_000_000);
  expect(bytesOf({ text: data })).toBeGreaterThan(1_000_000);
});
