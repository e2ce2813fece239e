import { dialectTitles } from "../../src/cli/connect/list.ts";
import { blocksOf, linesFor, shellLine } from "../../src/connect/lines.ts";
import { clientPrograms } from "../../src/connect/registry.ts";
import type { ClientProgram, Connection } from "../../src/connect/client-program.ts";
import type { ModelFacts } from "../../src/connect/model-facts.ts";
import type { Places } from "../../src/connect/places.ts";
import { aliasLines } from "../../src/cli/connect/tell.ts";
import { anchorOf } from "../markdown/anchors.ts";

/** Linux with an empty home and no variables. */
const places: Places = {
  platform: "linux",
  home: "~",
  configHome: "~/.config",
  dataHome: "~/.local/share",
  appData: "~/.config",
  named: (_, otherwise) => otherwise,
  commandPath: "",
};

const model: ModelFacts = {
  name: "chat",
  context: 131_072,
  output: 8_192,
  tools: true,
  images: false,
  thinks: true,
  isChat: true,
  isDeclared: true,
};

const connection: Connection = {
  address: "http://127.0.0.1:8787",
  key: "sk-sahab-YOUR-KEY",
  model,
  at: "2026-11-26T00:00:00.000Z",
  models: [model],
};

/** docs/agents.md, from the same data as `sahab connect`. */
export function makeAgentPage(): string {
  return `${[head, table(), ...clientPrograms.map(section)].join("\n\n")}\n`;
}

const head = `# Agents and other programs

<!-- Written by \`npm run docs\`, from the data of \`sahab connect\`. -->

\`\`\`sh
npm run sahab -- connect                                   # what there is, what is on this machine, what is connected
npm run sahab -- connect codex --write --model chat        # puts it into Codex's own settings, with a key of its own
npm run sahab -- connect codex --undo                      # takes it out again, and revokes the key
npm run sahab -- connect codex                             # prints the lines to paste instead, with a new key
npm run -s sahab -- connect codex --json --dry-run         # for scripts: -s gives clean JSON; no key is made
\`\`\`

\`--write\` changes only Sahab's values: the rest of the file stays, comments too. It first copies the file to \`connect/copies\` in the data
folder. \`--undo\` restores the file; what you changed since stays. A second \`--write\` replaces the first and revokes its key. Printing makes a
new key each time, which works until you revoke it; \`--dry-run\` makes no key and writes nothing. \`--project\` and \`--expires\` are for the new
key. \`--key -\` uses a key of role user that you have; keys of role admin are refused. The address is \`SAHAB_URL\`, or the one of \`sahab login\`,
or this machine's.

Without \`--model\`, \`sahab connect\` takes the first model of cloud.yaml that fits. It warns you when a model has no tools, or has a context of
less than 32,000 tokens: the instructions of an agent alone take 10,000 and more. It also warns you when the context is not known. Declare it in
cloud.yaml, as \`context\` and \`output\` of the model, or the program does not know when to make a conversation shorter.

To see who used what: \`npm run sahab -- usage --by tag:agent\`, or \`--by key\`, since each program has a key of its own. An agent that repeats the
same requests is slowed down: more than 120 requests in two minutes whose prompts do not grow, or 240 of any kind. \`slow_loops: false\` of a
project in cloud.yaml turns this off.

Which of these programs were run against which vendors, and how that went, is in [agents/tried.md](agents/tried.md).`;

function table(): string {
  const rows = clientPrograms.map(
    ({ name, title, about, speaks, files }) =>
      `| [\`${name}\`](#${anchorOf(title)}) | ${title}, ${about} | ${dialectTitles[speaks]} | ${files ? "yes" : "by hand"} |`,
  );
  return ["| name | what it is | speaks | `--write` |", "|---|---|---|---|", ...rows].join("\n");
}

function section(program: ClientProgram): string {
  const { title, about, notes, aliases, seen, start, isNoCommand } = program;
  const { files, environment, steps } = linesFor(program, connection, places);
  const variables = Object.entries(environment).map(([name, value]) => shellLine(name, value, places.platform));
  const languages: Record<string, string> = { env: "sh", text: "" };
  return [
    `## ${title}`,
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    ...files.flatMap((file) =>
      blocksOf(file).flatMap(({ place, text }) => [
        `\`${file.path}\`, ${place}:`,
        ...(["env", "yaml"].includes(file.format) ? [ownFile] : []),
        fence(languages[file.format] ?? file.format, text),
      ]),
    ),
    ...(variables.length > 0 ? ["In the shell:", fence("sh", variables.join("\n"))] : []),
    ...(steps.length > 0 ? [fence("", steps.join("\n"))] : []),
    ...(aliases
      ? [
          `${aliases.asker} ask for models by their own names, which need an alias in cloud.yaml:`,
          fence("yaml", aliasLines(aliases.names, model.name).join("\n")),
        ]
      : []),
    [`- Start: ${isNoCommand ? start : `\`${start}\``}`, ...notes.map((note) => `- ${note}`)].join("\n"),
    `Looked at: ${seen.version} (${seen.source}), ${seen.date}.`,
  ].join("\n\n");
}

/** For the test that runs what documents show. */
const ownFile = "<!-- not run: it is the program's own file, which the tests of connect write and read -->";

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
