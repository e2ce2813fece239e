import {
  chatError,
  listOf,
  oneToken,
  startListingVendor,
  type ListingAnswers,
  type ListingVendor,
} from "./listing-vendor.ts";

/** Vendors that fail each in their own way when they are tested; `key` is the one that they take, `wrongKey` one that some repeat. */
export function startFailingVendors(key: string, wrongKey: string) {
  const started: ListingVendor[] = [];
  const vendor = (answers: ListingAnswers): ListingVendor => {
    const one = startListingVendor(answers);
    started.push(one);
    return one;
  };
  const usual = { models: listOf("m-1", "m-2"), chats: { [chat]: oneToken }, key };
  const good = vendor(usual);
  const open = vendor({ ...usual, isListOpen: true });
  const unlisted = vendor({ chats: { [chat]: oneToken }, key });
  const deep = vendor({ ...usual, list: "/api/v1/models", chats: { "/api/v1/chat/completions": oneToken } });
  /** Knows no path at all. */
  const files = vendor({});
  const shop = vendor({ models: listOf("pictures-9", "big"), chats: { [chat]: oneToken }, key });
  const poor = vendor({
    ...usual,
    chats: { [chat]: chatError(429, { message: "You exceeded your current quota", code: "insufficient_quota" }) },
  });
  const limited = vendor({
    ...usual,
    models: chatError(403, { message: "Missing scopes: api.model.read", type: "insufficient_permissions" }),
  });
  const modelless = vendor({
    ...usual,
    chats: { [chat]: chatError(404, { message: "The model `m-1` does not exist", code: "model_not_found" }) },
  });
  const thinking = vendor({
    ...usual,
    chats: {
      [chat]: chatError(400, {
        message: "Could not finish the message because max_tokens or model output limit was reached.",
        type: "invalid_request_error",
      }),
    },
  });
  const paging = vendor({
    key,
    models: ({ query }) => {
      const after = Number(new URLSearchParams(query).get("after_id") ?? 0);
      const more = { has_more: after < 2, last_id: String(after + 1) };
      return Response.json({ data: [{ id: `claude-${after}-20260101`, type: "model" }], ...more });
    },
    chats: {
      "/v1/messages": (call) =>
        Response.json({
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: call.body?.["model"],
          content: [{ type: "text", text: "Hi" }],
          stop_reason: "max_tokens",
          stop_sequence: null,
          usage: { input_tokens: 8, output_tokens: 1 },
        }),
    },
  });
  const gemini = vendor({
    key,
    list: "/v1beta/models",
    models: ({ query }) =>
      new URLSearchParams(query).has("pageToken")
        ? Response.json({ models: [{ name: "models/gemini-2.5-flash" }] })
        : Response.json({ models: [{ name: "models/gemini-2.5-pro" }], nextPageToken: "2" }),
    chats: {
      "/v1beta/models/gemini-2.5-flash:generateContent": () =>
        Response.json({
          candidates: [{ content: { parts: [{ text: "Hi" }], role: "model" }, finishReason: "MAX_TOKENS", index: 0 }],
          usageMetadata: { promptTokenCount: 8, candidatesTokenCount: 1, totalTokenCount: 9 },
        }),
    },
  });
  const native = vendor({
    key,
    list: "/compatible-mode/v1/models",
    models: listOf("qwen-plus"),
    chats: {
      "/api/v1/services/aigc/text-generation/generation": () =>
        Response.json({
          request_id: "1",
          output: { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "length" }] },
          usage: { input_tokens: 8, output_tokens: 1, total_tokens: 9 },
        }),
    },
  });
  const responses = vendor({
    key,
    models: listOf("o3-pro"),
    chats: {
      "/v1/responses": (call) =>
        Response.json({
          id: "resp_1",
          object: "response",
          created_at: 1_790_000_000,
          status: "incomplete",
          incomplete_details: { reason: "max_output_tokens" },
          model: call.body?.["model"],
          output: [
            {
              type: "message",
              id: "msg_1",
              role: "assistant",
              status: "incomplete",
              content: [{ type: "output_text", text: "Hi", annotations: [] }],
            },
          ],
          usage: { input_tokens: 8, output_tokens: 16, total_tokens: 24 },
        }),
    },
  });
  const asia = vendor({
    list: "/compatible-mode/v1/models",
    models: () =>
      Response.json(
        { error: { message: `wrong ${wrongKey}`, code: "invalid_api_key" }, request_id: "1" },
        { status: 401 },
      ),
  });
  const inside = vendor({
    models: () => Response.json({ base_resp: { status_code: 1004, status_msg: `login fail: ${wrongKey}` } }),
  });
  const page = vendor({
    models: () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
  });
  const huge = vendor({ models: () => new Response(Buffer.alloc(5 * 1024 * 1024, 32)) });
  const endless = vendor({
    models: () =>
      Response.json({ data: Array.from({ length: 50 }, (_, at) => ({ id: `e-${at}` })), has_more: true, last_id: "x" }),
  });
  const odd = vendor({
    models: () => new Response('{"data": [null, 7, {"id": {}}, {"id": ""}, "m-9"', { status: 200 }),
  });
  const leading = vendor({ models: () => Response.redirect("http://127.0.0.1:1/elsewhere") });
  const broken = vendor({ models: chatError(500, { message: "oops" }), chats: { [chat]: oneToken } });
  const priced = vendor({
    key,
    models: listOf("gpt-5.4-nano", "gpt-5.4", "text-embedding-3-small"),
    chats: { [chat]: oneToken },
  });

  const vendors = {
    good,
    open,
    unlisted,
    deep,
    files,
    shop,
    poor,
    limited,
    modelless,
    thinking,
    paging,
    gemini,
    native,
    responses,
    asia,
    inside,
    page,
    huge,
    endless,
    odd,
    leading,
    broken,
    priced,
  };
  return { ...vendors, usual, vendor, stop: () => Promise.all(started.map((one) => one.stop())) };
}

const chat = "/v1/chat/completions";
