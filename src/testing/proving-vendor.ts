import { messageEvents, messagesError, messagesUsage } from "./fake-anthropic.ts";
import { geminiError, geminiParts } from "./fake-gemini.ts";
import { callItem, messageItem, reasoningItem, responses } from "./fake-responses.ts";
import {
  errorAnswer,
  startFakeVendor,
  streamOf,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "./fake-vendor.ts";

/**
 * A vendor of three dialects that takes the proofs that it gave and no others, and demands them where the real ones do. In each turn
 * it calls a tool twice and then says something, with a proof in each answer.
 */
export interface ProvingVendor {
  vendor: FakeVendor;
  /** It fails instead of answering. */
  isDown: boolean;
  /** Calls that it has refused for their proofs, and proofs of its own that came back. */
  refused: number;
  taken: Set<string>;
  /** From here on it takes none of the proofs that it gave. */
  forget(): void;
}

export const models = { messages: "claude", responses: "gpt-5", gemini: "gemini-3-pro" } as const;

export type ProvingApi = keyof typeof models;

type Json = Record<string, unknown>;

export function startProvingVendor(name: string): ProvingVendor {
  const given = new Set<string>();
  let count = 0;
  const bench: Bench = {
    name,
    isDown: false,
    refused: 0,
    taken: new Set(),
    forget: () => given.clear(),
    give() {
      const proof = Buffer.from(`${name} thought ${++count}: ${"=".repeat(40)}`).toString("base64");
      given.add(proof);
      return proof;
    },
    refuse(answer) {
      bench.refused++;
      return answer;
    },
    check(proofs, refuse) {
      const foreign = proofs.find((proof) => !given.has(proof));
      if (foreign !== undefined) return bench.refuse(refuse(foreign));
      for (const proof of proofs) bench.taken.add(proof);
      return undefined;
    },
  };
  const upOnly =
    (answer: (call: VendorCall, bench: Bench) => Answered): Script =>
    (call) =>
      bench.isDown ? errorAnswer(500, { message: "down" }) : answer(call, bench);
  const vendor = startFakeVendor({
    [models.messages]: upOnly(messagesAnswer),
    [models.responses]: upOnly(responsesAnswer),
    [models.gemini]: upOnly(geminiAnswer),
  });
  return Object.assign(bench, { vendor });
}

type Answered = Response | Promise<Response>;

interface Bench extends Omit<ProvingVendor, "vendor"> {
  name: string;
  /** A new proof. */
  give(): string;
  refuse(answer: Response): Response;
  /** The refusal of the first proof that is not its own. */
  check(proofs: readonly string[], refuse: (proof: string) => Response): Response | undefined;
}

let calls = 0;
/** Random as vendors' are, so that a turn is found by it alone. */
const callId = () => `call_x7K${String(++calls).padStart(3, "0")}p2mQ9vL4`;

function messagesAnswer(call: VendorCall, { name, give, check, refuse }: Bench): Answered {
  const sent = call.body["messages"] as { role: string; content: string | Json[] }[];
  const list = sent.map(({ role, content }) => {
    const blocks: Json[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    return { role, blocks };
  });
  const all = list.flatMap(({ blocks }) => blocks);
  if (list.some(({ blocks }) => blocks.length === 0))
    return messagesError(400, "invalid_request_error", "messages: content must not be empty");
  const proofs = all.flatMap((block) => (block["signature"] ?? block["data"] ?? []) as string | never[]);
  const wrong = check(proofs, () =>
    messagesError(400, "invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
  );
  if (wrong) return wrong;
  const asked = list.findLastIndex(
    ({ role, blocks }) => role === "user" && blocks.some((block) => block["type"] !== "tool_result"),
  );
  const turn = list.slice(asked + 1);
  const thinks = (call.body["thinking"] as Json | undefined)?.["type"] === "enabled";
  if (thinks && turn.length > 0 && !String(turn[0]?.blocks[0]?.["type"]).includes("thinking"))
    return refuse(
      messagesError(
        400,
        "invalid_request_error",
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
      ),
    );
  const hasEdits = JSON.stringify(call.body["context_management"] ?? {}).includes("clear_thinking");
  if (hasEdits && !thinks)
    return messagesError(400, "invalid_request_error", "`clear_thinking_20251015` strategy requires `thinking`");
  const round = turn.filter(({ role }) => role === "user").length;
  const thought = thinks ? [{ type: "thinking", thinking: `${name} thinks.`, signature: give() }] : [];
  const said =
    round < 2
      ? { type: "tool_use", id: callId(), name: "weather", input: { city: "Riyadh" } }
      : { type: "text", text: `Hot, says ${name}.` };
  const content = [...thought, said];
  const stop_reason = round < 2 ? "tool_use" : "end_turn";
  if (call.body["stream"] === true) return streamOf(messageEvents(content, { stop_reason }))(call);
  const message = { id: "msg_1", type: "message", role: "assistant", model: "m", stop_sequence: null };
  return Response.json({ ...message, content, stop_reason, usage: messagesUsage });
}

function responsesAnswer(call: VendorCall, { name, give, check, refuse }: Bench): Answered {
  const { input } = call.body;
  const items = typeof input === "string" ? [{ role: "user" }] : (input as Json[]);
  const proofs = items.flatMap((item) => (item["encrypted_content"] ?? []) as string | never[]);
  const wrong = check(proofs, (proof) =>
    errorAnswer(400, {
      message: `The encrypted content ${proof.slice(0, 4)}...${proof.slice(-4)} could not be verified.`,
      type: "invalid_request_error",
      param: null,
      code: "invalid_encrypted_content",
    }),
  );
  if (wrong) return wrong;
  // An item that is named is looked up, with the reasoning that it came with.
  const lonely = items.find(
    (item, index) => String(item["id"]).startsWith(`fc_${name}`) && items[index - 1]?.["type"] !== "reasoning",
  );
  if (lonely)
    return refuse(
      errorAnswer(400, {
        message: "Item of type 'function_call' was provided without its required 'reasoning' item",
        type: "invalid_request_error",
      }),
    );
  const asked = items.findLastIndex(({ role }) => role === "user");
  const round = items.slice(asked + 1).filter(({ type }) => type === "function_call_output").length;
  const id = callId();
  const said =
    round < 2
      ? { ...callItem(id, "weather", { city: "Riyadh" }), id: `fc_${name}${id}` }
      : messageItem(`Hot, says ${name}.`);
  return responses([{ ...reasoningItem(`${name} thinks.`, give()), id: `rs_${name}${id}` }, said])(call);
}

function geminiAnswer(call: VendorCall, { name, give, check, refuse }: Bench): Answered {
  const contents = call.body["contents"] as { role: string; parts: Json[] }[];
  const dummy = "skip_thought_signature_validator";
  const parts = contents.flatMap((content) => content.parts);
  const proofs = parts.flatMap((part) => signatureOf(part) ?? []);
  const wrong = check(
    proofs.filter((proof) => proof !== dummy),
    () => geminiError(400, "INVALID_ARGUMENT", "Corrupted thought signature."),
  );
  if (wrong) return wrong;
  const asked = contents.findLastIndex(({ role, parts }) => role === "user" && parts.some((part) => "text" in part));
  const turn = contents.slice(asked + 1);
  const missing = turn.find(
    ({ role, parts }) =>
      role === "model" &&
      parts.some((part) => "functionCall" in part) &&
      !parts.some((part) => "functionCall" in part && signatureOf(part)),
  );
  if (missing)
    return refuse(
      geminiError(400, "INVALID_ARGUMENT", "Function call is missing a thought_signature in functionCall parts."),
    );
  const round = turn.filter(({ role }) => role === "user").length;
  const thoughtSignature = give();
  const thought = { text: `${name} thinks.`, thought: true };
  return geminiParts(
    round < 2
      ? [thought, { functionCall: { name: "weather", args: { city: "Riyadh" } }, thoughtSignature }]
      : [thought, { text: `Hot, says ${name}.`, thoughtSignature }],
  )(call);
}

/** Google takes both spellings of a field. */
function signatureOf(part: Json): string | undefined {
  return (part["thoughtSignature"] ?? part["thought_signature"]) as string | undefined;
}
