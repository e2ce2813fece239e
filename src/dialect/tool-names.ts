import { createHash } from "node:crypto";
import type { ChatMessage, ChatRequest, Part } from "../call/index.ts";

/** A request whose tools have names that every vendor takes. */
export interface PlainNames {
  request: ChatRequest;
  /** The names there → the client's own, which answers get back. */
  clientNames: ReadonlyMap<string, string>;
}

/**
 * Renames the tools that some vendor would refuse for their names. Google's clients may have dots and colons in them, Anthropic's up to 128
 * letters (Claude Code, with tools of MCP servers). Undefined where all names are plain, as they mostly are. The text that names a
 * tool is not changed.
 */
export function plainToolNames(request: ChatRequest): PlainNames | undefined {
  const names = new Set(request.tools.map(({ name }) => name));
  for (const { content } of request.messages)
    for (const part of content) if (part.type === "tool-call") names.add(part.name);
  const odd = [...names].filter((name) => !isPlain(name));
  if (odd.length === 0) return undefined;
  const ours = new Map<string, string>();
  const clientNames = new Map<string, string>();
  for (const name of odd) {
    const joined = name.replaceAll(/[^\w-]/g, "_").replace(/^(?![A-Za-z_])/, "_");
    const isFree = joined.length <= toolNameCharsMax && !names.has(joined) && !clientNames.has(joined);
    const plain = isFree ? joined : shortenName(joined, name);
    ours.set(name, plain);
    clientNames.set(plain, name);
  }
  return { request: rename(request, (name) => ours.get(name) ?? name), clientNames };
}

/** The longest that OpenAI's and Google's APIs take (`tools[].function.name`, `FunctionDeclaration.name`). */
export const toolNameCharsMax = 64;

/** Letters, digits, `_` and `-` with everybody; Google's and Moonshot's begin with no digit and no `-`. */
function isPlain(name: string): boolean {
  return name.length <= toolNameCharsMax && /^[A-Za-z_][\w-]*$/.test(name);
}

/** The beginning of a name, and a hash of `whole`, so that it is another for each. */
export function shortenName(name: string, whole: string): string {
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${name.slice(0, toolNameCharsMax - 1 - hash.length)}_${hash}`;
}

function rename(request: ChatRequest, nameOf: (name: string) => string): ChatRequest {
  const { tools, toolChoice, messages } = request;
  const partOf = (part: Part): Part => (part.type === "tool-call" ? { ...part, name: nameOf(part.name) } : part);
  return {
    ...request,
    tools: tools.map((tool) => ({ ...tool, name: nameOf(tool.name) })),
    toolChoice: toolChoice.type === "tool" ? { type: "tool", name: nameOf(toolChoice.name) } : toolChoice,
    messages: messages.map((message): ChatMessage => {
      if (message.role === "assistant") return { ...message, content: message.content.map(partOf) };
      // Of a result, it is the tool's.
      return message.role === "tool" && message.name !== undefined
        ? { ...message, name: nameOf(message.name) }
        : message;
    }),
  };
}
