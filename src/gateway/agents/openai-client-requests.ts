/** What a program of OpenAI's dialect sends to a server that it does not know, as its source has it; texts are made up. */
export interface ProgramRequest {
  program: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  /** Fields that only another vendor or gateway reads. */
  foreign: readonly string[];
}

const read = {
  name: "read_file",
  description: "Reads a file",
  parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
};
const system = { role: "system", content: "Rules" };
const asked = { role: "user", content: "Read a.txt" };
const call = { id: "call_1", type: "function", function: { name: "read_file", arguments: '{"path":"a.txt"}' } };
const called = { role: "assistant", content: null, tool_calls: [call] };
const result = { role: "tool", tool_call_id: "call_1", content: "abc" };
const turns = [system, asked, called, result];
const tools = [{ type: "function", function: read }];
const stream = { stream: true, stream_options: { include_usage: true } };

// Looked up in November 2026.
export const programRequests: readonly ProgramRequest[] = [
  {
    // vscode-copilot-chat, OpenAIEndpoint: own keys, also of OpenAI-compatible servers.
    program: "Copilot",
    headers: {
      "user-agent": "GitHubCopilotChat/0.35.0",
      "x-initiator": "agent",
      "x-interaction-id": "i-1",
      "openai-intent": "conversation-agent",
      "x-github-api-version": "2025-05-01",
      "x-vscode-user-agent-library-version": "electron-fetch",
    },
    body: {
      messages: [
        { ...system, copilot_cache_control: { type: "ephemeral" } },
        asked,
        { ...called, content: "", cot_id: "c1", cot_summary: "thought" },
        { ...result, copilot_cache_control: { type: "ephemeral" } },
      ],
      temperature: 0.1,
      top_p: 1,
      n: 1,
      ...stream,
      intent: true,
      intent_threshold: 0.7,
      snippy: { enabled: false },
      tools: [
        {
          type: "function",
          function: { ...read, parameters: { ...read.parameters, $schema: "x", additionalProperties: false } },
        },
      ],
      tool_choice: "auto",
    },
    foreign: ["intent", "intent_threshold", "snippy", "copilot_cache_control", "cot_id", "cot_summary"],
  },
  {
    // Its OpenRouter handler, which people point at other servers.
    program: "Cline",
    headers: { "http-referer": "https://cline.bot", "x-title": "Cline", "x-task-id": "1763" },
    body: {
      messages: [
        { role: "system", content: [{ type: "text", text: "Rules", cache_control: { type: "ephemeral" } }] },
        { role: "user", content: [{ type: "text", text: "Read a.txt", cache_control: { type: "ephemeral" } }] },
        { ...called, reasoning_details: [{ type: "reasoning.text", text: "thought", index: 0, format: "unknown" }] },
        result,
      ],
      temperature: 0,
      ...stream,
      tools,
      tool_choice: "auto",
      parallel_tool_calls: false,
      reasoning: { effort: "medium" },
      include_reasoning: true,
      transforms: ["middle-out"],
      provider: { order: ["a"], allow_fallbacks: true, sort: "price" },
      usage: { include: true },
    },
    foreign: ["transforms", "provider", "include_reasoning", "usage", "reasoning_details"],
  },
  {
    program: "Roo Code",
    headers: {
      "http-referer": "https://github.com/RooVetGit/Roo-Cline",
      "x-title": "Roo Code",
      "user-agent": "RooCode/3.36.0",
    },
    body: {
      messages: turns,
      temperature: 0,
      ...stream,
      reasoning_effort: "medium",
      tools: [
        {
          type: "function",
          function: {
            ...read,
            strict: true,
            parameters: {
              type: "object",
              properties: { path: { type: "string" }, limit: { type: ["number", "null"] } },
              required: ["path", "limit"],
              additionalProperties: false,
            },
          },
        },
      ],
      tool_choice: "auto",
      parallel_tool_calls: false,
      max_completion_tokens: 8192,
    },
    foreign: [],
  },
  {
    program: "Continue",
    headers: { "api-key": "sk-of-another-header", "user-agent": "Continue/1.5" },
    body: {
      messages: [
        system,
        { role: "user", content: [{ type: "text", text: "Read a.txt" }] },
        { ...called, content: "" },
        result,
      ],
      max_tokens: 4096,
      temperature: 0,
      stop: null,
      ...stream,
      tools,
    },
    foreign: [],
  },
  {
    program: "goose",
    headers: { "user-agent": "goose/1.20", "goose-session-id": "20261126_1" },
    body: {
      messages: [
        system,
        asked,
        { role: "assistant", tool_calls: [call] },
        { ...result, content: [{ type: "text", text: "abc" }] },
      ],
      tools: [{ type: "function", function: { ...read, name: "developer__read_file" } }],
      ...stream,
      temperature: 0.5,
      max_tokens: 2048,
    },
    foreign: [],
  },
  {
    // By litellm.
    program: "aider",
    headers: { "user-agent": "OpenAI/Python 1.99.9", "x-stainless-lang": "python", "x-stainless-retry-count": "0" },
    body: {
      messages: [
        { role: "system", content: [{ type: "text", text: "Rules", cache_control: { type: "ephemeral" } }] },
        asked,
        { role: "assistant", content: "Ok." },
        { role: "user", content: "Go on" },
      ],
      temperature: 0,
      stream: true,
      extra_headers: { "HTTP-Referer": "https://aider.chat", "X-Title": "Aider" },
      timeout: 600,
      drop_params: true,
    },
    foreign: ["extra_headers", "timeout", "drop_params"],
  },
  {
    program: "Open WebUI",
    headers: {
      "x-openwebui-user-name": "Alice%20Example",
      "x-openwebui-user-id": "u-1",
      "x-openwebui-user-email": "alice@example.org",
      "x-openwebui-user-role": "admin",
      "x-openwebui-chat-id": "c-1",
    },
    body: {
      stream: true,
      messages: [system, { ...asked, content: [{ type: "text", text: "Read a.txt" }] }, called, result],
      tools: [{ type: "function", function: { ...read, type: "function" } }],
      params: {},
      features: { web_search: false, image_generation: false },
      variables: { "{{USER_NAME}}": "Alice" },
      session_id: "s-1",
      chat_id: "c-1",
      id: "m-1",
      background_tasks: { title_generation: true },
      metadata: { user_id: "u-1", chat_id: "c-1", tool_ids: null, files: null },
      stream_options: { include_usage: true },
      max_completion_tokens: null,
    },
    foreign: ["params", "features", "variables", "session_id", "chat_id", "background_tasks", "metadata"],
  },
  {
    program: "LibreChat",
    headers: { "user-agent": "node", "x-stainless-lang": "js" },
    body: {
      user: "66f0a1b2c3d4e5f601020304",
      messages: [
        { ...system, name: "system" },
        { ...asked, name: "Alice_Example" },
        { ...called, content: [{ type: "text", text: "" }] },
        result,
      ],
      temperature: 1,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      ...stream,
      tools,
      include_reasoning: true,
      reasoning: { effort: "high" },
      plugins: [{ id: "web" }],
      session_id: "s-1",
      conversationId: "c-1",
      promptCache: true,
    },
    foreign: ["include_reasoning", "plugins", "session_id", "conversationId", "promptCache"],
  },
];
