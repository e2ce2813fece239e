import { escapeUnprintableLines } from "../base/printable.ts";
import type { Client } from "./client.ts";

/** Prompt and answer of a request, masked, where its project keeps them. */
interface Content {
  request: unknown;
  answer: { choices: { parts: Part[]; finish: string | null }[]; isCut: boolean } | { omitted: string } | null;
}

type Part =
  | { type: "text" | "reasoning" | "refusal"; text: string }
  | { type: "tool-call"; id: string; name: string; arguments: string };

/** By the request's whole id. Throws where nothing is kept. */
export function readContent(client: Pick<Client, "json">, id: string): Promise<Content> {
  return client.json<Content>(`/admin/v1/requests/${encodeURIComponent(id)}/content`);
}

/** As lines for people. */
export function describeContent({ request, answer }: Content): string {
  const asked = typeof request === "string" ? request : JSON.stringify(request, null, 2);
  return escapeUnprintableLines(`Prompt (personal data is masked):\n${asked}\n\nAnswer:\n${describeAnswer(answer)}\n`);
}

function describeAnswer(answer: Content["answer"]): string {
  if (answer === null) return "(none)";
  if ("omitted" in answer) return answer.omitted;
  const several = answer.choices.length > 1;
  const choices = answer.choices.map(({ parts, finish }, at) =>
    [...(several ? [`choice ${at}`] : []), ...parts.map(describePart), `(finish: ${finish ?? "none"})`].join("\n"),
  );
  return [...choices, ...(answer.isCut ? ["(the rest was too long to be kept)"] : [])].join("\n\n");
}

function describePart(part: Part): string {
  if (part.type === "tool-call") return `calls ${part.name}(${part.arguments})`;
  return part.type === "text" ? part.text : `[${part.type}] ${part.text}`;
}
