import { errorTable, SahabError, type ErrorCode } from "../../src/base/errors.ts";
import { dialects } from "../../src/dialect/registry.ts";
import { table } from "../markdown/table.ts";
import { errorTexts } from "./error-texts.ts";

/** docs/errors.md, from the closed table of codes and from what each dialect makes of them. */
export function makeErrorPage(): string {
  const codes = Object.keys(errorTable) as ErrorCode[];
  return [
    head,
    "## By code",
    ...codes.map(section),
    "## By dialect",
    "The `type` (OpenAI, Anthropic), `status` (Gemini) or `code` (DashScope) of each. A status may differ where the vendor's own is worth keeping.",
    table(
      ["code", "status", ...dialects.map(({ api }) => `\`${api}\``)],
      codes.map((code) => [`\`${code}\``, String(errorTable[code].status), ...dialects.map((it) => typeIn(it, code))]),
    ).join("\n"),
    "",
  ].join("\n\n");
}

const head = `# Errors

<!-- Written by \`npm run docs\`, from \`src/base/errors.ts\` and \`tools/error-page/error-texts.ts\`. -->

Every error has one \`code\` of a closed table, whatever the client speaks, and the id of its request (\`x-request-id\`), by which the log and the
usage records have it. The message says what failed, what was found and what is allowed. Who is to act: the caller for what
is wrong with the request, the operator for what is wrong with a provider or this server.`;

function section(code: ErrorCode): string {
  const { status, blame, again, elsewhere, unhealthy } = errorTable[code];
  const { means, todo } = errorTexts[code];
  const tried = [
    ...(again ? ["the same target is asked once more"] : []),
    ...(elsewhere ? ["the model's next target is asked"] : []),
    ...(unhealthy ? ["the target rests for a while"] : []),
  ];
  const before = tried.length === 0 ? "" : ` Before a client sees it: ${tried.join(", ")}.`;
  return `### \`${code}\`\n\n${status}, ${who[blame]}. ${means}${before}\n\nWhat to do: ${todo}`;
}

const who = { caller: "of the request", vendor: "of the provider", sahab: "of this server" } as const;

/** What a client of a dialect sees as the kind of the error. */
function typeIn(dialect: (typeof dialects)[number], code: ErrorCode): string {
  const { body } = dialect.encodeError(new SahabError(code, "…"), "req_1");
  const error = (body["error"] ?? body) as Record<string, unknown>;
  const type = dialect.api === "gemini" ? error["status"] : (error["type"] ?? error["code"]);
  return `\`${String(type)}\``;
}
