import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SahabError } from "../base/errors.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { reachesBeyond } from "./reaching-fields.ts";

const messages = [{ role: "user", content: "hi" }];
const open = (text: string, dialect: Dialect = openaiChat) =>
  dialect.open({ operation: "chat", path: "/", headers: new Headers(), body: Buffer.from(text) });
const none: ReadonlySet<string> = new Set();
const rewrite = (text: string, dialect: Dialect = openaiChat, passes: ReadonlySet<string> = none) => {
  const { pieces, dropped } = open(text, dialect).rewrite("m", { passes });
  return { text: Buffer.concat(pieces).toString(), dropped };
};
const faultOf = (act: () => unknown) => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof SahabError) return { code: error.code, param: error.param };
    throw error;
  }
};

/** An object as JSON can say it, which has no -0. */
const asJson = (entries: [string, unknown][]) =>
  JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, unknown>;
const chat = `"messages":${JSON.stringify(messages)}`;

test.each([
  [`{"model":"m",${chat},"fallbacks":["dear"]}`, `{"model":"m",${chat}}`],
  [`{"api_base":"http://10.0.0.1", "model":"m",${chat}}`, `{"model":"m",${chat}}`],
  [`{"model":"m" , "models" : ["dear"] ,"route":"x",${chat}}`, `{"model":"m" , ${chat}}`],
  [`{"model":"m",${chat} ,"store":true , "priority":-1 }`, `{"model":"m",${chat}  }`],
  [`{"apiBase":"http://10.0.0.1","providerOptions":{},"model":"m",${chat}}`, `{"model":"m",${chat}}`],
  [`{"store":true,"priority":-1,"model":"m",${chat}}`, `{"model":"m",${chat}}`],
  [`{"cach\\u0065_salt":"a\\"b:,","model":"m",${chat}}`, `{"model":"m",${chat}}`],
  [`{"mock_\\"x:,":"{","model":"m",${chat},"mock_\\\\":1}`, `{"model":"m",${chat}}`],
])("is taken out to the byte: %s", (given, expected) => {
  expect(rewrite(given).text).toBe(expected);
});

test("whatever stands where, the rest stays and what reaches beyond the model is gone and named", () => {
  const reaching = [
    "models",
    "api_base",
    "cache_salt",
    "litellm_params",
    "user_api_key_team",
    "store",
    "tensorzero::credentials",
  ];
  const field = fc.tuple(
    fc.constantFrom(...reaching, "x", "temperature", "user", "guided_json", "documents"),
    fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null),
  );
  fc.assert(
    fc.property(fc.uniqueArray(field, { selector: ([name]) => name }), fc.nat(), fc.nat(2), (fields, at, indent) => {
      const position = at % (fields.length + 1);
      const all = asJson([
        ...fields.slice(0, position),
        ["model", "client"],
        ["messages", messages],
        ...fields.slice(position),
      ]);
      const { text, dropped = [] } = rewrite(JSON.stringify(all, null, indent));
      const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !reaching.includes(name)));
      expect(Object.entries(JSON.parse(text) as object)).toEqual(Object.entries({ ...kept, model: "m" }));
      expect([...dropped].sort()).toEqual(
        fields
          .map(([name]) => name)
          .filter((name) => reaching.includes(name))
          .sort(),
      );
    }),
  );
});

test("what the provider lists passes to the byte, and so does a null", () => {
  const text = `{"model":"m",${chat},"chat_template_kwargs":{"enable_thinking" : false},"service_tier":null}`;
  expect(rewrite(text, openaiChat, new Set(["chat_template_kwargs"]))).toEqual({ text, dropped: undefined });
});

test("where nothing reaches beyond the model the client's own bytes are sent, not a copy", () => {
  const text = `{"model":"m",${chat},"temperature":1,"user":"u","safety_identifier":"s","seed":1,"logit_bias":{}}`;
  const body = Buffer.from(text);
  const call = openaiChat.open({ operation: "chat", path: "/", headers: new Headers(), body });
  expect(call.rewrite("m", { passes: none }).pieces[0]).toBe(body);
});

describe("a field that could be read twice is refused", () => {
  test.each([
    `{"model":"m",${chat},"cache_salt":"a","cache_salt":"b"}`,
    `{"model":"m",${chat},"cache_salt":"a","cache_s\\u0061lt":"b"}`,
    `{"model":"m",${chat},"Cache_Salt":"a"}`,
    `{"model":"m",${chat},"API_BASE":"http://x"}`,
    `{"model":"m",${chat},"Fallbac\u212as":[]}`,
    `{"model":"m",${chat},"models\\u0000":[]}`,
    `{"model":"m",${chat},"LiteLLM_params":{}}`,
    `{"model":"m",${chat},"provıder":{}}`,
    `{"model":"m",${chat},"APIBase":"http://x"}`,
  ])("%s", (text) => {
    expect(faultOf(() => open(text))).toMatchObject({ code: "invalid_request" });
  });
});

describe("tools that the vendor would run", () => {
  const tools = (...list: object[]) => `{"model":"m","max_tokens":5,${chat},"tools":${JSON.stringify(list)}}`;
  const own = { type: "function", function: { name: "kb_search", description: 'a "web_search" of ours, by mcp' } };
  test.each([
    { type: "mcp", server_label: "x", server_url: "http://169.254.169.254/" },
    { type: "mcp_toolset", mcp_server_name: "x" },
    { type: "file_search", vector_store_ids: ["vs_1"] },
    { type: "collections_search", collection_ids: ["c_1"] },
    { type: "knowledge_search", knowledge_id: "1" },
    { type: "retrieval", retrieval: { knowledge_id: "1" } },
  ])("$type is refused by name", (tool) => {
    for (const dialect of [openaiChat, anthropicMessages])
      expect(faultOf(() => rewrite(tools(own, tool), dialect))).toEqual({
        code: "unsupported_parameter",
        param: "tools[1]",
      });
  });
  test("an escape hides none", () => {
    const text = tools(own, { type: "mcp" }).replace('"mcp"', '"m\\u0063p"');
    expect(faultOf(() => rewrite(text))).toMatchObject({ param: "tools[1]" });
  });
  test.each([
    `{"type":"mcp","type":"function","function":{"name":"f"}}`,
    `{"type":"function","type":"mcp"}`,
    `{"type":"function","Type":"mcp","function":{"name":"f"}}`,
    `{"type":"function","\\u0054ype":"m\\u0063p"}`,
    `{"retrieval":{"vertexAiSearch":{"datastore":"d"}}}`,
    `{"fileSearch":{"fileSearchStoreNames":["x"]}}`,
    `{"file_search":{}}`,
    `{"a":[{"b":"c,\\"{"},1],"type":"mcp"}`,
  ])("neither does another spelling or place: %s", (tool) => {
    expect(faultOf(() => rewrite(`{"model":"m",${chat},"tools":[${JSON.stringify(own)},${tool}]}`))).toMatchObject({
      param: "tools[1]",
    });
  });
  test("what is said within a tool is the client's own", () => {
    const parameters = {
      type: "object",
      properties: { type: { enum: ["mcp", "retrieval"] }, retrieval: { type: "mcp" }, mcp: {} },
    };
    const client = tools(own, { type: "function", function: { name: "mcp", description: "retrieval", parameters } });
    expect(rewrite(client).text).toBe(client);
    const named = tools(own, { name: "file_search", input_schema: parameters, description: "mcp" });
    expect(rewrite(named, anthropicMessages).text).toBe(named);
  });
  test("those that look something up or compute pass", () => {
    const harmless = tools(
      own,
      { type: "web_search_20250305", name: "web_search" },
      { type: "code_execution_20250825", name: "code_execution" },
      { type: "openrouter:web_search" },
    );
    expect(rewrite(harmless, anthropicMessages).text).toBe(harmless);
  });
  test("those of the client pass, and those that the provider lists", () => {
    const client = tools(own, { type: "custom", custom: { name: "mcp" } }, { type: "bash_20250124", name: "bash" });
    expect(rewrite(client).text).toBe(client);
    const listed = tools(own, { type: "mcp_toolset", mcp_server_name: "x" });
    expect(rewrite(listed, anthropicMessages, new Set(["tools.mcp"])).text).toBe(listed);
  });
});

test("Anthropic's metadata passes with the user's id alone, which agents send with each request", () => {
  const body = (metadata: object) => `{"model":"m","max_tokens":5,${chat},"metadata":${JSON.stringify(metadata)}}`;
  const plain = body({ user_id: "u" });
  expect(rewrite(plain, anthropicMessages)).toEqual({ text: plain, dropped: undefined });
  expect(rewrite(body({ user_id: "u", tags: ["free"] }), anthropicMessages).dropped).toEqual(["metadata"]);
  expect(rewrite(plain, openaiChat).dropped).toEqual(["metadata"]);
});

test("what agents send for the sake of their cache hits passes", () => {
  const text = `{"model":"m",${chat},"prompt_cache_key":"session-1"}`;
  expect(rewrite(text)).toEqual({ text, dropped: undefined });
});

test("a tag takes the place of the client's own, which is named, or counts into it where it may pass", () => {
  const tag = { field: "cache_salt", json: (own?: string) => JSON.stringify(`ours+${own ?? ""}`) };
  const send = (given: string, passes: ReadonlySet<string>) => {
    const { pieces, dropped } = open(`{"model":"m",${chat}${given}}`).rewrite("m", { passes, tag });
    return [(JSON.parse(Buffer.concat(pieces).toString()) as { cache_salt: string }).cache_salt, dropped];
  };
  expect(send("", none)).toEqual(["ours+", undefined]);
  expect(send(',"cache_salt":"theirs"', none)).toEqual(["ours+", ["cache_salt"]]);
  expect(send(',"cache_salt":null', none)).toEqual(["ours+", undefined]);
  expect(send(',"cache_salt":"theirs"', new Set(["cache_salt"]))).toEqual(['ours+"theirs"', undefined]);
});

test("the names of ordinary requests are not on the list", () => {
  // Of the official SDKs, agents and engines: what changes only the answer.
  const ordinary =
    "model messages stream stream_options temperature top_p top_k min_p max_tokens max_completion_tokens n stop seed tools tool_choice parallel_tool_calls response_format logprobs top_logprobs logit_bias reasoning_effort reasoning verbosity modalities audio prediction user safety_identifier frequency_penalty presence_penalty repetition_penalty system stop_sequences thinking output_config context_management cache_control guided_json structured_outputs documents enable_thinking thinking_budget input dimensions encoding_format prompt suffix echo best_of functions function_call truncate_prompt_tokens ignore_eos include_reasoning grammar json_schema";
  expect(ordinary.split(" ").filter(reachesBeyond)).toEqual([]);
});

test("a null in the place of a field that is set makes one field of both", () => {
  const body = Buffer.from(`{"model":"m",${chat},"max_tokens":null,"max_completion_tokens":5,"seed":null,"n":null}`);
  const shape = { renames: { max_completion_tokens: "max_tokens" }, with: { seed: "1" }, withDefault: { n: "2" } };
  const { pieces } = openaiChat
    .open({ operation: "chat", path: "/v1/chat/completions", headers: { get: () => null }, body })
    .rewrite("m", { passes: new Set(), shape });
  expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual({
    ...(JSON.parse(`{"model":"m",${chat}}`) as object),
    max_tokens: 5,
    seed: 1,
    n: 2,
  });
});
