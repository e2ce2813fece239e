import { Broken, list, must, object, string, type Json } from "../wire/json.ts";
import { chatEvents, messageEvents, requestId, text, thought, wholeChat, wholeMessage, type Said } from "./answers.ts";
import { errorOf, type ErrorBytes, type TroubleName, type VendorFacts } from "./vendor-facts.ts";

/** A vendor as a real HTTP server. What a request's last text from the user says chooses the answer: `think`, `tool`, `cut`, `trouble: money` … */
export interface FakeVendor {
  url: string;
  /** The last body by the text that asked for it. */
  askedBy(text: string): Json | undefined;
  stop(): Promise<void>;
}

export const vendorKey = "sk-fake-vendor-key-0123456789";

export function startVendor(facts: VendorFacts): FakeVendor {
  const asked = new Map<string, Json>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const body = (await request.json()) as Json;
      const isMessages = facts.messages !== undefined && pathname === new URL(facts.messages).pathname;
      try {
        must(isMessages || pathname === new URL(facts.chat).pathname, `no such path: ${pathname}`);
        checkKey(facts, request.headers, isMessages);
        if (!isMessages) {
          checkBody(facts, body);
          facts.demands?.({ headers: request.headers, body });
        } else must(request.headers.get("anthropic-version") !== null, "anthropic-version is missing");
      } catch (error) {
        if (!(error instanceof Broken)) console.error(error);
        return Response.json({ error: { message: `the fake refuses it: ${String(error)}` } }, { status: 400 });
      }
      const words = wordsOf(body);
      asked.set(words, body);
      return isMessages ? answerMessage(facts, words, body) : answerChat(facts, words, body);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    askedBy: (words) => asked.get(words),
    stop: () => server.stop(true),
  };
}

function checkKey({ chatKey, messagesKey }: VendorFacts, headers: Headers, isMessages: boolean): void {
  const bearer = headers.get("authorization");
  const own = headers.get("x-api-key");
  if (!isMessages && chatKey !== undefined) must(headers.get(chatKey) === vendorKey, `${chatKey}: no key`);
  else if (!isMessages) must(bearer === `Bearer ${vendorKey}`, "the key is not a bearer's");
  else if (messagesKey === "authorization")
    must(bearer === `Bearer ${vendorKey}` && own === null, "one header too many");
  else must(bearer === `Bearer ${vendorKey}` || own === vendorKey, "no key");
}

/** Nobody here asks for samples, so that such a field was added on the way. */
const sampling = ["temperature", "top_p", "top_k", "min_p", "seed", "frequency_penalty", "presence_penalty", "n"];

function checkBody(facts: VendorFacts, body: Json): void {
  const words = wordsOf(body);
  const unasked = sampling.filter((name) => !words.includes(`field ${name}`));
  for (const name of [...unasked, ...(facts.refuses ?? [])]) must(!(name in body), `property '${name}' is unsupported`);
  if (facts.refusesIdleStreamOptions)
    must(body["stream"] === true || !("stream_options" in body), "stream_options without stream");
  let open: string[] = [];
  for (const message of list(body["messages"])) {
    const calls = list(message["tool_calls"]);
    if (message["role"] === "assistant") {
      for (const name of facts.refusesInTurn ?? [])
        must(!(name in message), `messages[].${name}: Extra inputs are not permitted`);
      const isSilent = typeof message["reasoning_content"] !== "string";
      must(!facts.demandsReasoning || calls.length === 0 || !isSilent, "reasoning_content is missing");
      open = calls.map(({ id }) => string(id));
      for (const id of open) must(facts.callIds?.test(id) !== false, `Tool call id was ${id}`);
    }
    if (message["role"] !== "tool") continue;
    const id = string(message["tool_call_id"]);
    must(open.includes(id), `a result for no call: ${id}`);
  }
}

/** The user's last words. */
function wordsOf(body: Json): string {
  const messages = list(body["messages"]);
  const own = messages.findLast(
    ({ role, content }) => role === "user" && !list(content).some(({ type }) => type === "tool_result"),
  );
  const content = own?.["content"];
  return typeof content === "string"
    ? content
    : list(content)
        .map((part) => string(part["text"]))
        .join("");
}

function saidTo(words: string, body: Json): Said {
  const hasResult = list(body["messages"]).some(
    ({ role, content }) => role === "tool" || list(content).some(({ type }) => type === "tool_result"),
  );
  if (words.includes("tool") && !hasResult)
    return { text: "", thought, callId: `call_${Bun.hash(words).toString(36)}` };
  return { text, ...(words.includes("think") && { thought }) };
}

function answerChat(facts: VendorFacts, words: string, body: Json): Response {
  const trouble = troubleIn(words);
  if (trouble) return failed(errorOf(facts, "chat", trouble));
  const said = saidTo(words, body);
  if (facts.callIds && said.callId !== undefined) said.callId = "aB3dE6gH9";
  if (body["stream"] !== true) return respond(facts, Response.json(wholeChat(facts, said)));
  const events = chatEvents(facts, said, body).map((event) => `data: ${JSON.stringify(event)}\n\n`);
  const overloaded = errorOf(facts, "chat", "overloaded");
  return streamed(facts, [...events, "data: [DONE]\n\n"], words, `data: ${JSON.stringify(overloaded.body)}\n\n`);
}

function answerMessage(facts: VendorFacts, words: string, body: Json): Response {
  const trouble = troubleIn(words);
  if (trouble) return failed(errorOf(facts, "messages", trouble));
  const said = saidTo(words, body);
  if (body["stream"] !== true) return respond(facts, Response.json(wholeMessage(said)));
  const events = messageEvents(said).map(toEvent);
  const broken = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
  return streamed(facts, events, words, toEvent(broken));
}

function toEvent(event: Json): string {
  return `event: ${string(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`;
}

function troubleIn(words: string): TroubleName | undefined {
  return /trouble: (\w+)/.exec(words)?.[1] as TroubleName | undefined;
}

function failed({ status, body }: ErrorBytes): Response {
  return Response.json(body, { status });
}

function respond({ requestIdHeader }: VendorFacts, response: Response): Response {
  response.headers.set(requestIdHeader ?? "x-request-id", requestId);
  return response;
}

/** `cut`: the connection ends behind half of the events; `broken`: an error stands there, and nothing behind it. */
function streamed(facts: VendorFacts, events: readonly string[], words: string, error: string): Response {
  const half = events.slice(0, Math.ceil(events.length / 2));
  const sent = words.includes("cut") ? half : words.includes("broken") ? [...half, error] : events;
  return respond(facts, new Response(sent.join(""), { headers: { "content-type": "text/event-stream" } }));
}

/** The fields of a body by which it asks for thinking. */
export function thinkingIn(body: Json | undefined): Json {
  const found = Object.entries(object(body)).filter(([name]) => thinkingFields.has(name));
  return Object.fromEntries(found);
}

const thinkingFields = new Set(
  "thinking enable_thinking thinking_budget reasoning reasoning_effort reasoning_budget chat_template_kwargs".split(
    " ",
  ),
);
