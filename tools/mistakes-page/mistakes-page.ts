import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asAnotherClient } from "../../src/testing/run-sahab.ts";
import { anchorsOf } from "../markdown/anchors.ts";
import { codeInCell, table } from "../markdown/table.ts";
import { mistakes, type Mistake } from "./mistakes.ts";
import { openWorld, type World } from "./world.ts";

export interface Shown {
  mistake: Mistake;
  /** Ports, paths, ids and times are those of everybody. */
  text: string;
  /** A command's exit status, or an answer's status and code. */
  status: string;
}

/** Makes each mistake with a real server. Several at a time, since each waits for a process more than it computes. */
export async function makeMistakes(): Promise<Shown[]> {
  const world = await openWorld();
  try {
    const all: Shown[] = [];
    const atOnce = 4;
    for (let at = 0; at < mistakes.length; at += atOnce)
      all.push(
        ...(await Promise.all(mistakes.slice(at, at + atOnce).map((mistake, i) => make(world, mistake, at + i)))),
      );
    return all;
  } finally {
    await world.close();
  }
}

/** docs/mistakes.md: a table of all, then each with what was typed or sent, and the whole message. */
export function mistakesPage(all: readonly Shown[]): string {
  const groups = [...Map.groupBy(all, ({ mistake }) => mistake.group)];
  const sections = groups.map(([group, rows]) => {
    const parts = rows.map(
      ({ mistake, text, status }) =>
        `### ${mistake.title}\n\n\`\`\`text\n${describe(mistake)}\n\`\`\`\n\n${status}:\n\n\`\`\`text\n${text}\n\`\`\`\n`,
    );
    return `## ${group}\n\n${parts.join("\n")}`;
  });
  return `# ${pageTitle}

Each was made with a real server when this page was written (\`npm run docs\`), and a test makes them again: what was typed or sent, how it
ended, and the exact message. Ports, paths, ids, times and keys are replaced by ordinary ones.

${overview(groups)}

${sections.join("\n")}`;
}

const pageTitle = "Mistakes, and what Sahab says to them";

/** The table: a mistake, the beginning of its message, and how it ended, which leads to its section. */
function overview(groups: readonly (readonly [string, readonly Shown[]])[]): string {
  const headings: { title: string; shown?: Shown }[] = groups.flatMap(([group, rows]) => [
    { title: group },
    ...rows.map((shown) => ({ title: shown.mistake.title, shown })),
  ]);
  const anchors = anchorsOf([pageTitle, ...headings.map(({ title }) => title)]).slice(1);
  const rows = headings.flatMap(({ title, shown }, at) =>
    shown ? [[title, codeInCell(beginningOf(shown.text)), `[${endOf(shown)}](#${anchors[at] ?? ""})`]] : [],
  );
  return table(["mistake", "what Sahab says", "the whole of it"], rows).join("\n");
}

/** `exit status 2` or `status 401`, without the code. */
function endOf({ status }: Shown): string {
  return status.replace(/, .*/, "").toLowerCase();
}

const charsMax = 110;

/** The first line, up to the last end of a part of its sentence that fits. */
function beginningOf(text: string): string {
  const [line = ""] = text.split("\n");
  if (line.length <= charsMax) return line;
  const ends = [...line.slice(0, charsMax).matchAll(/[;.,] | \(/g)].map(({ index }) => index);
  const end = ends.findLast((at) => at > charsMax / 2) ?? line.lastIndexOf(" ", charsMax);
  return `${line.slice(0, end)} …`;
}

function describe(mistake: Mistake): string {
  if ("sent" in mistake) return mistake.sent;
  return mistake.file === undefined || mistake.group !== "cloud.yaml"
    ? mistake.typed
    : `${mistake.typed}\n\n${mistake.file.trimEnd()}`;
}

async function make(world: World, mistake: Mistake, at: number): Promise<Shown> {
  const { text, status } = await ("sent" in mistake ? send(world, mistake) : type(world, mistake, at));
  return { mistake, text: everybodys(world, text.trim(), at), status };
}

async function type(world: World, mistake: Extract<Mistake, { typed: string }>, at: number) {
  const cwd = join(world.folder, String(at));
  mkdirSync(cwd);
  if (mistake.file !== undefined) writeFileSync(join(cwd, "cloud.yaml"), mistake.file);
  const env = { SAHAB_LOG: "warn", ...mistake.env?.(world) };
  const { stdout, stderr, status } = await world.sahab.command(mistake.args, { cwd, env });
  return { text: stdout + stderr, status: `Exit status ${status}` };
}

async function send(world: World, mistake: Extract<Mistake, { sent: string }>) {
  const { method = "POST", path, body, headers } = mistake;
  const response = await fetch(world.sahab.address + path, {
    method,
    headers: { "content-type": "application/json", ...asAnotherClient(), ...headers?.(world) },
    ...(method === "POST" && body !== undefined && { body }),
  });
  const answer = (await response.json()) as { error?: { message?: string; code?: string; type?: string } };
  const code = answer.error?.code ?? answer.error?.type ?? "";
  return { text: answer.error?.message ?? JSON.stringify(answer), status: `Status ${response.status}, \`${code}\`` };
}

function everybodys({ sahab, folder, port, freePort, tlsPort }: World, text: string, at: number): string {
  return text
    .replaceAll(join(folder, String(at)), ".")
    .replaceAll(sahab.dataDir, "~/.sahab")
    .replaceAll(folder, "~")
    .replaceAll(new RegExp(`(?<=:|\\b)(?:${port}|${freePort})\\b`, "g"), "8787")
    .replaceAll(new RegExp(`\\b${tlsPort}\\b`, "g"), "8443")
    .replaceAll(/\bprocess \d+/gi, "process 4711")
    .replaceAll(/\b(req|adm|key)_[0-9a-z]{26}/g, "$1_…")
    .replaceAll(/sk-sahab-[0-9a-z]{5}…/g, "sk-sahab-abcde…")
    .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, "2026-11-27T09:00:00.000Z")
    .replaceAll(/\b20\d\d-\d\d-\d\d \d\d:\d\d UTC/g, "2026-12-01 00:00 UTC");
}
