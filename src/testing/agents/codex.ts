import { zstdCompressSync } from "node:zlib";
import { eventsOf, isObject, list, must, object, string, type Json } from "../wire/json.ts";

/** What Codex has made of an answer. */
export interface CodexTurn {
  status: number;
  headers: Headers;
  /** The items that are done, which it sends back as they are. */
  items: Json[];
  /** What it has shown while the model wrote. */
  shown: { text: string; summary: string };
  /** Of `response.completed`, or of a response that failed. */
  isCompleted: boolean;
  failure: { code: string; message: string } | undefined;
  usage: Json;
  /** The body of an answer that is no stream. */
  body: string;
}

interface Server {
  address: string;
  key: string;
}

/** Its headers beside those of every client, as recorded of 0.169. */
const codexHeaders: Readonly<Record<string, string>> = {
  "x-codex-beta-features": "remote_compaction_v2",
  "x-codex-window-id": "00000000-0000-4000-8000-000000000001:0",
  "x-codex-turn-metadata": '{"installation_id":"i-secret"}',
  "x-client-request-id": "00000000-0000-4000-8000-000000000001",
  "session-id": "00000000-0000-4000-8000-000000000001",
  "thread-id": "00000000-0000-4000-8000-000000000001",
  session_id: "00000000-0000-4000-8000-000000000001",
  "chatgpt-account-id": "account-secret",
  "openai-beta": "responses=experimental",
  originator: "codex_exec",
  "user-agent": "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm-256color (codex_exec; 0.171.0)",
  accept: "text/event-stream",
  "content-type": "application/json",
};

/** Sends a turn as Codex does, compressed, and reads the answer by the rules of its parser (codex-rs, `sse/responses.rs`). */
export async function askCodex(
  { address, key }: Server,
  body: object,
  headers: Record<string, string> = {},
): Promise<CodexTurn> {
  const response = await fetch(`${address}/v1/responses`, {
    method: "POST",
    headers: { ...codexHeaders, authorization: `Bearer ${key}`, "content-encoding": "zstd", ...headers },
    body: zstdCompressSync(JSON.stringify(body)),
  });
  return readTurn(response);
}

async function readTurn(response: Response): Promise<CodexTurn> {
  const text = await response.text();
  const turn: CodexTurn = {
    status: response.status,
    headers: response.headers,
    items: [],
    shown: { text: "", summary: "" },
    isCompleted: false,
    failure: undefined,
    usage: {},
    body: text,
  };
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return turn;
  // The lines that name an event are not read.
  for (const { data } of eventsOf(text.replaceAll(/^event: .*\n/gm, ""))) take(turn, JSON.parse(data) as Json);
  return turn;
}

function take(turn: CodexTurn, event: Json): void {
  must(!turn.isCompleted, "something follows the end");
  switch (event["type"]) {
    case "response.output_item.done":
      turn.items.push(readItem(object(event["item"])));
      break;
    case "response.output_text.delta":
      turn.shown.text += string(event["delta"]);
      break;
    case "response.reasoning_summary_text.delta":
      must(typeof event["summary_index"] === "number", "a summary without its index");
      turn.shown.summary += string(event["delta"]);
      break;
    case "response.completed": {
      const { id, usage } = object(event["response"]);
      must(typeof id === "string" && isObject(usage), "response.completed without id and usage");
      for (const name of ["input_tokens", "output_tokens", "total_tokens"])
        must(Number.isInteger(usage[name]), `usage.${name} is no whole number`);
      Object.assign(turn, { isCompleted: true, usage });
      break;
    }
    case "response.failed": {
      const error = object(object(event["response"])["error"]);
      turn.failure = { code: string(error["code"]), message: string(error["message"]) };
      break;
    }
    default:
      must(event["type"] !== "response.incomplete", "an incomplete response is a broken stream to it");
  }
}

/** The fields without which its parser drops an item in silence. */
const needed: Readonly<Record<string, readonly string[]>> = {
  message: ["role", "content"],
  reasoning: ["summary"],
  function_call: ["name", "arguments", "call_id"],
  custom_tool_call: ["name", "input", "call_id"],
  compaction: ["encrypted_content"],
};

function readItem(item: Json): Json {
  for (const name of needed[string(item["type"])] ?? [])
    must(item[name] !== undefined && item[name] !== null, `${string(item["type"])} without ${name}`);
  return item;
}

/** What Codex sends each time: all twelve fields. */
export function codexRequest(model: string, input: readonly object[]): Json {
  return {
    model,
    stream: true,
    input: [
      message("developer", "You are a coding agent."),
      message("user", "<environment_context>here</environment_context>"),
      message("user", "Fix the greeting"),
      ...input,
    ],
    tools: [
      { ...runTool("exec_command", { cmd: { type: "string" } }), description: "Runs a command" },
      {
        type: "namespace",
        name: "multi_agent_v1",
        description: "Agents",
        tools: [{ ...runTool("close_agent", { target: { type: "string" } }), description: "Closes" }],
      },
      {
        type: "custom",
        name: "apply_patch",
        description:
          "Use the apply_patch tool to edit files. This is a FREEFORM tool, so do not wrap the patch in JSON.",
        format: { type: "grammar", syntax: "lark", definition: patchGrammar },
      },
      { type: "local_shell" },
      { type: "image_generation", output_format: "png" },
      { type: "tool_search", execution: "client", description: "Finds tools", parameters: { type: "object" } },
      { type: "web_search", external_web_access: false },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium", summary: "auto" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "00000000-0000-4000-8000-000000000001",
    client_metadata: { "x-codex-installation-id": "i-secret", session_id: "s" },
  };
}

export const patchGrammar = 'start: "*** Begin Patch" LF hunk+ "*** End Patch" LF?';

function runTool(name: string, properties: object): Json {
  return {
    type: "function",
    name,
    strict: false,
    parameters: { type: "object", properties, additionalProperties: false },
  };
}

/** Messages may have an id, and need none. */
export function message(role: string, text: string): Json {
  return { type: "message", role, content: [{ type: "input_text", text }] };
}

/** What it answers to the calls of a turn, in the form that each has. */
export function outputsOf(items: readonly Json[]): Json[] {
  return items.flatMap((item): Json[] => {
    const { type, call_id } = item;
    if (type === "function_call")
      return [{ type: "function_call_output", id: "fco_1", call_id, output: "Exit code: 0" }];
    return type === "custom_tool_call" ? [{ type: "custom_tool_call_output", call_id, output: "Done!" }] : [];
  });
}

/** The items that a tool was called by: name, namespace and what it was given. */
export function callsOf(items: readonly Json[]): Json[] {
  return list(items)
    .filter(({ type }) => type === "function_call" || type === "custom_tool_call")
    .map(({ type, name, namespace, arguments: json, input }) => ({
      type,
      name,
      ...(namespace !== undefined && { namespace }),
      given: type === "custom_tool_call" ? input : (JSON.parse(string(json)) as unknown),
    }));
}
