import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { runCommand } from "../../src/testing/run-command.ts";

const root = join(import.meta.dir, "..", "..");

/** Paths of the worked pages of the planner. */
export const planPages = [...new Glob("docs/plan/*.md").scanSync(root)].toSorted().map((name) => join(root, name));

/** The text of a page with what its commands print today: a block that begins with `$ sahab plan` has the output below. */
export async function fillOutputs(page: string): Promise<string> {
  let text = readFileSync(page, "utf8");
  for (const [block, command = ""] of text.matchAll(/^```text\n\$ sahab (.+)\n[^]*?^```$/gm)) {
    const { status, stdout, stderr } = await runCommand(wordsOf(command), { cwd: root });
    if (status !== 0) throw new Error(`${page}: sahab ${command}: ${stderr}`);
    text = text.replace(block, () => `\`\`\`text\n$ sahab ${command}\n${stdout.trimEnd()}\n\`\`\``);
  }
  return text;
}

function wordsOf(command: string): string[] {
  return Array.from(command.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Figures in bold that no output of the page has. */
export function figuresAstray(text: string): string[] {
  const outputs = Array.from(text.matchAll(/^```text\n([^]*?)^```$/gm), ([, output]) => output).join("\n");
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "");
  const bold = Array.from(prose.matchAll(/\*\*([^*]+)\*\*/g), ([, text = ""]) => text.replaceAll("\n", " "));
  return bold.filter((text) => /\d/.test(text) && !outputs.includes(text));
}
