import { callItem, messageItem, reasoningItem, responses } from "./fake-responses.ts";
import {
  chat,
  chatChunk,
  errorAnswer,
  streamOf,
  usageEvent,
  wholeChat,
  doneEvent,
  type Script,
  type VendorCall,
} from "./fake-vendor.ts";

// What the vendors answer to the tests of kept responses.

/** The conversation that a vendor was sent. */
export function listOf({ body }: VendorCall): Record<string, unknown>[] {
  const list = body["messages"] ?? body["input"];
  return typeof list === "string" ? [{ role: "user", content: list }] : (list as Record<string, unknown>[]);
}

/** Thinks and calls a tool; after its result, a text. */
const chatTools: Script = (call) => {
  if (listOf(call).some(({ role }) => role === "tool")) return chat(["It is ", "hot."])(call);
  const made = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Riyadh"}' } };
  const message = { role: "assistant", content: null, reasoning_content: "Hm.", tool_calls: [made] };
  if (call.body["stream"] !== true)
    return wholeChat("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] })(call);
  return streamOf([
    chatChunk({ role: "assistant", reasoning_content: "Hm." }),
    chatChunk({ tool_calls: [{ index: 0, ...made }] }),
    chatChunk({}, {}, "tool_calls"),
    usageEvent(),
    doneEvent,
  ])(call);
};

let made = 0;
/** Each response has ids of its own, as a vendor's have. */
const ownIds =
  (itemsOf: (call: VendorCall) => ReturnType<typeof messageItem>[]): Script =>
  (call) => {
    made++;
    const items = itemsOf(call).map((item) => ({ ...item, id: `${String(item["id"])}_${made}` }));
    return responses(items, { id: `resp_vendor_${made}` })(call);
  };

const responsesTools = ownIds((call) =>
  listOf(call).some(({ type }) => type === "function_call_output")
    ? [messageItem("It is hot.")]
    : [reasoningItem("Hm.", "c2VhbGVk"), callItem("call_1", "weather", { city: "Riyadh" })],
);

export const released = Promise.withResolvers<void>();
export const scripts: Record<string, Script> = {
  text: (call) => chat([`answer ${listOf(call).length}`])(call),
  tools: chatTools,
  summary: wholeChat("They want a patch of main.ts."),
  refuses: () => errorAnswer(400, { message: "too odd" }),
  hangs: async (call) => {
    const aborted = async () => {
      while (call.abortedMs === undefined) await Bun.sleep(10);
    };
    await Promise.race([released.promise, aborted()]);
    return wholeChat("late")(call);
  },
  "r-text": ownIds((call) => [messageItem(`answer ${listOf(call).length}`)]),
  "r-tools": responsesTools,
  "r-compacts": (call) =>
    call.path.endsWith("/responses/compact")
      ? Response.json({
          id: "resp_c",
          object: "response.compaction",
          created_at: 1,
          output: [{ type: "compaction", id: "cmp_1", encrypted_content: "c2VjcmV0" }],
          usage: { input_tokens: 50, output_tokens: 20, total_tokens: 70 },
        })
      : errorAnswer(404, { message: "no" }),
  "r-counts-404": () => Response.json({ detail: "Not Found" }, { status: 404 }),
  "r-counts-405": () => new Response("", { status: 405 }),
  "r-same": responses([messageItem("Same.")], { id: "resp_same" }),
  "r-summary": ownIds(() => [messageItem("They want a patch.")]),
};
