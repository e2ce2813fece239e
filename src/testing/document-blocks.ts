/** A block of a document that is to be run. */
export interface DocumentBlock {
  language: "sh" | "yaml";
  text: string;
  /** Of its first line, from 1. */
  line: number;
  /** Why it cannot be run here. */
  notRun?: string;
  /** It must fail, and say this. */
  fails?: string;
}

const languages: Readonly<Record<string, DocumentBlock["language"]>> = {
  sh: "sh",
  bash: "sh",
  yaml: "yaml",
  yml: "yaml",
};

/**
 * The blocks of shell and YAML in a document. A comment above a block may say why it is not run (`<!-- not run: reason -->`), or
 * what it must fail with (`<!-- fails: text -->`).
 */
export function readBlocks(document: string): DocumentBlock[] {
  const lines = document.split("\n");
  const blocks: DocumentBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent, word] = /^(\s*)```(\S*)\s*$/.exec(lines[at] ?? "") ?? [];
    if (indent === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === "```");
    if (end === -1) throw new Error(`line ${at + 1}: a block without an end`);
    const language = languages[word ?? ""];
    if (language !== undefined) {
      const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
      blocks.push({ language, text: `${text.join("\n")}\n`, line: at + 2, ...readMark(lines.slice(0, at)) });
    }
    at = end;
  }
  return blocks;
}

function readMark(before: readonly string[]): Pick<DocumentBlock, "notRun" | "fails"> {
  const last = before.findLast((line) => line.trim() !== "")?.trim() ?? "";
  const [, kind, text] = /^<!-- (not run|fails): (.+) -->$/.exec(last) ?? [];
  if (text === undefined) return {};
  return kind === "fails" ? { fails: text } : { notRun: text };
}
