import { dialectTitles } from "../../src/cli/connect/list.ts";
import { linesFor, shellLine } from "../../src/cli/connect/lines.ts";
import { clientPrograms } from "../../src/cli/connect/registry.ts";
import type { ClientProgram, Connection } from "../../src/cli/connect/client-program.ts";
import type { ModelFacts } from "../../src/cli/connect/model-facts.ts";
import type { Places } from "../../src/cli/connect/places.ts";
import { aliasLines } from "../../src/cli/connect/tell.ts";

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

const connection: Connection = { address: "http://127.0.0.1:8787", key: "sk-sahab-…", model, models: [model] };

/** docs/agents.md, from the same data as `sahab connect`. */
export function makeAgentPage(): string {
  return `${[head, table(), ...clientPrograms.map(section)].join("\n\n")}\n`;
}

const head = `# Agents and other programs

<!-- Written by \`npm run docs\`, from the data of \`sahab connect\`. -->

\`\`\`sh
sahab connect                                   # what there is, what is on this machine, what is connected
sahab connect codex --write --model chat        # puts it into Codex's own settings, with a key of its own
sahab connect codex --undo                      # takes it out again, and revokes the key
sahab connect codex                             # prints the lines to paste instead
\`\`\`

\`--write\` keeps all else in a settings file, comments too, and a copy of the file in the data folder (\`connect/copies\`). It follows links,
changes nothing that it cannot read, and writes where this user alone can. A file with a key in it can be read by its owner only. \`--undo\`
puts the former file back; where you have changed it since, it takes out Sahab's values and leaves yours. \`--dry-run\` shows either without
doing it. A second \`--write\` takes the place of the first, and its key is revoked. \`--project\` and \`--expires\` go with the new key, \`--key\`
takes one that there is (no admin key is needed then), \`--json\` is for scripts. The address is the one that \`sahab\` itself uses: \`SAHAB_URL\`, else
what \`sahab login\` remembers, else this machine's.

Without \`--model\` the model is the one that fits, or the first of cloud.yaml that does. Models without tools or with less than 32,000 tokens of
context are told: an agent's own instructions take 10,000 tokens and more.

Which of these programs were run against which vendors, and how that went, is in [agents/tried.md](agents/tried.md).`;

function table(): string {
  const rows = clientPrograms.map(
    ({ name, title, about, speaks, files }) =>
      `| [\`${name}\`](#${anchorOf(title)}) | ${title}, ${about} | ${dialectTitles[speaks]} | ${files ? "yes" : "by hand"} |`,
  );
  return ["| name | what it is | speaks | `--write` |", "|---|---|---|---|", ...rows].join("\n");
}

function section(program: ClientProgram): string {
  const { title, about, notes, aliases = [], seen, start } = program;
  const { files, environment, steps } = linesFor(program, connection, places);
  const variables = Object.entries(environment).map(([name, value]) => shellLine(name, value, places.platform));
  const languages: Record<string, string> = { env: "sh", text: "" };
  return [
    `## ${title}`,
    `${about[0]?.toUpperCase()}${about.slice(1)}.`,
    ...files.flatMap(({ path, format, text }) => [`\`${path}\`:`, fence(languages[format] ?? format, text)]),
    ...(variables.length > 0 ? ["In the shell:", fence("sh", variables.join("\n"))] : []),
    ...(steps.length > 0 ? [fence("", steps.join("\n"))] : []),
    ...(aliases.length > 0
      ? [
          `It asks for these names by itself, which need an alias in cloud.yaml:`,
          fence("yaml", aliasLines(aliases, model.name).join("\n")),
        ]
      : []),
    [`- Start: \`${start}\``, ...notes.map((note) => `- ${note}`)].join("\n"),
    `Looked at: ${seen.version} (${seen.source}), ${seen.date}.`,
  ].join("\n\n");
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** As GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");
}
