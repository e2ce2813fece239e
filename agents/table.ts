import type { AgentResult } from "./results.ts";

const vendorTitles: Record<string, string> = {
  chat: "OpenAI-style vendor",
  messages: "Anthropic vendor",
  responses: "Responses vendor",
  gemini: "Gemini vendor",
  dashscope: "DashScope vendor",
};

/** The page of what was tried. */
export function renderTable(results: readonly AgentResult[]): string {
  const columns = Object.keys(vendorTitles).filter((api) => results.some(({ vendors }) => vendors[api]));
  const head = ["agent", "package", "tried on", ...columns.map((api) => vendorTitles[api] ?? api)];
  const rows = results.map((result) => [
    result.title,
    `\`${result.package}\` ${result.version}`,
    `${result.date}, ${result.platform}`,
    ...columns.map((api) => cell(result, api)),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `# Agents that were tried

\`npm run agents\` writes this page. It installs each program from its registry into an empty folder, points it at a Sahab by
\`sahab connect NAME --write --model M\`, and has it work without a person: it writes two files by its own tools (aider by its
edits) and says that it is done, answers a second prompt in the same conversation (not aider, which has none, and not Gemini CLI,
which repeats results there), and is refused a third one. Everything stays on the machine: behind Sahab is a scripted vendor, whose
model thinks before each turn, and which is strict where the real one is (unknown fields, calls without results, thoughts that do not
come back with their proof). On Linux the programs run in a network that has nothing but loopback, so that nothing calls home.

${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}

✓ means all of this:

- the program ended with status 0, and both files hold what the vendor said;
- the vendor got each tool's result, and got back what the model had thought and called, unchanged, wherever its dialect has that;
- a 503 before the first turn and a stream that ended before its first token were never seen by the program, and a vendor that
  failed for longer was seen and survived (aider: in another order; it has two turns);
- each answer is a record of the ledger, with the vendor's counts of tokens and the exact cost, and so is each failure;
- the vendor's refusal of a prompt reached the screen in its own words, and the program ended;
- Sahab's log has no error.

Not tried: goose, whose program is in neither registry, and what lives in editors (Roo Code, Copilot, Cursor, Zed).
`;
}

function cell({ notInstalled, vendors }: AgentResult, api: string): string {
  if (notInstalled !== undefined) return `not installed: ${plain(notInstalled)}`;
  const problems = vendors[api];
  if (!problems) return "not tried";
  return problems.length === 0 ? "✓" : problems.map(plain).join("; ");
}

/** In one cell of a table. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 200);
}
