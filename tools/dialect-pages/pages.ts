import { hostedToolKinds } from "../../src/dialect/hosted-tools.ts";
import { reachingFields } from "../../src/dialect/reaching-fields.ts";
import { cases, type Api } from "./cases.ts";
import { makeBatchesPage } from "./batches-page.ts";
import { makeOperationsPage } from "./operations-page.ts";
import { answering, apis, dialectOf, judge, type Answering, type Fate } from "./judge.ts";
import { bases, places } from "./paths.ts";
import { table } from "../markdown/table.ts";

/** The pages of docs/dialects by their file names. */
export function makePages(): Map<string, string> {
  const pages = new Map([["README.md", makeIndex()]]);
  for (const api of apis) pages.set(`${api}.md`, makePage(api));
  pages.set("operations.md", makeOperationsPage());
  pages.set("batches.md", makeBatchesPage());
  return pages;
}

const names: Record<Answering, string> = {
  chat: "OpenAI's chat completions",
  messages: "Anthropic's Messages",
  responses: "OpenAI's Responses",
  gemini: "Google's Gemini API",
  dashscope: "DashScope's native API",
  local: "models of this machine",
};

function makeIndex(): string {
  const signing = apis.filter((api) => dialectOf(api).proofKeysIn !== undefined);
  const returning = apis.filter((api) => dialectOf(api).returnsReasoning);
  return lines(
    "# What survives between dialects",
    "",
    "Every client may be answered by every vendor and by a model of this machine. A page for each dialect of a client says what becomes",
    "of what it asks for, vendor by vendor. `npm run docs` writes the pages by asking the code that translates requests, and a test fails when",
    "they lag behind.",
    "",
    ...table(
      ["clients of", "`api`", "begin at"],
      apis.map((api) => [
        `[${names[api]}](${api}.md)`,
        `\`${api}\``,
        `\`${dialectOf(api).clients.basePath || "/"}\` (${dialectOf(api).clients.name})`,
      ]),
    ),
    "",
    "Images, sounds and moderations have a page of their own: [which vendors have them, and what they cost](operations.md).",
    "So have batches: [which vendors run them](batches.md).",
    "",
    "- **Within one dialect** the client's own bytes pass: the model's name is replaced, and fields that reach beyond the model are taken out (below).",
    "- **Carried** means: the vendor is asked for it, in its own words.",
    "- **Served by Sahab** means: Sahab does it itself, whoever answers.",
    "- **Dropped** means: it is left out, and the answer's header `x-sahab-dropped` names it as the client wrote it.",
    "- **Refused** means: without it, it would be another answer, so the request gets 400 `unsupported_parameter` with the field's name, or goes to the model's next target.",
    "",
    "## Where it is",
    "",
    ...table(
      ["clients of", "what", "method and path"],
      places.map(({ title, api, paths, also = [] }) => [
        `\`${api}\``,
        title,
        `${paths.map(code).join(", ")}${also.length > 0 ? `; also ${also.map(code).join(", ")}` : ""}`,
      ]),
    ),
    "",
    `Chat, embeddings, responses and lists of models of OpenAI's are also below ${bases.map(([base, whose]) => `${base === "" ? "no base at all" : code(base)} (${whose})`).join(", ")}, so that a`,
    "client made for one of those needs only another host. Lists of models come in the form of whose headers ask (`anthropic-version`,",
    "`x-goog-api-key`). The key may be in the address where Google's clients put it (`?key=`). There are no WebSockets: who asks for one at these",
    "paths gets 426, after which Codex goes on over HTTP.",
    "",
    "## Reasoning over turns with tools",
    "",
    `Vendors of ${listed(signing)} prove what their models thought, and want the proof back with the results of tools. Clients of`,
    `${listed(returning)} send it back to a vendor of their own dialect. For all others Sahab keeps it, sealed and by project, and puts`,
    "it back (`keep_reasoning: false` of a project keeps none). A proof never goes to another dialect's vendor.",
    "",
    "## Fields that reach beyond the model",
    "",
    "They are dropped, also within one dialect, unless the provider's `pass_fields` lists them.",
    "",
    ...reachingFields.map(({ reach, names: fields }) => `- ${reach}: ${fields.map(code).join(", ")}`),
    "",
    ...apis.flatMap((api) => {
      const served = dialectOf(api).stored?.servedFields ?? [];
      return served.length === 0
        ? []
        : [
            `For clients of ${names[api]}, Sahab serves ${served.map(code).join(", ")} itself, and no vendor gets to see what they ask for.`,
            "",
          ];
    }),
    `Tools that a vendor would run on other servers, or on what its account keeps, are refused unless \`pass_fields\` allows them: ${hostedToolKinds.map((kind) => code(`tools.${kind}`)).join(", ")}.`,
  );
}

function makePage(client: Api): string {
  const rows = cases.map(({ title, by }) => {
    const written = by[client];
    return { title, fates: written && new Map(answering.map((one) => [one, judge(client, one, written)])) };
  });
  const others = answering.filter((one) => one !== client);
  return lines(
    `# Clients of ${names[client]}`,
    "",
    "✓ carried · s served by Sahab · ~ carried in part, the rest dropped and named · d dropped and named · r refused by name · – no words for it. [What these mean](README.md).",
    "",
    ...table(
      ["", ...others.map((one) => `\`${one}\``)],
      rows.map(({ title, fates }) => [title, ...others.map((one) => markOf(fates?.get(one)))]),
    ),
    ...others.flatMap((one) => [
      "",
      `## Answered by ${one === "local" ? names[one] : `a vendor of ${names[one]}`}`,
      "",
      ...section(rows.flatMap(({ title, fates }) => (fates ? [{ title, fate: fates.get(one) }] : []))),
    ]),
  );
}

function section(rows: readonly { title: string; fate: Fate | undefined }[]): string[] {
  const carried = rows.filter(({ fate }) => fate?.type === "carried").map(({ title }) => title);
  const told = rows.flatMap(({ title, fate }) => {
    if (fate?.type === "served") return [`- served by Sahab: ${title}`];
    if (fate?.type === "refused") return [`- refused: ${title} (${code(fate.message)})`];
    if (fate?.type !== "dropped") return [];
    return [
      `- ${fate.isInPart ? "carried in part" : "dropped"}: ${title} (without ${fate.paths.map(code).join(", ")})`,
    ];
  });
  return [...told.toSorted(), `- carried: ${carried.join("; ")}`];
}

function markOf(fate: Fate | undefined): string {
  if (!fate) return "–";
  if (fate.type === "carried") return "✓";
  if (fate.type === "served") return "s";
  if (fate.type === "refused") return "r";
  return fate.isInPart ? "~" : "d";
}

function listed(list: readonly Api[]): string {
  return list.map((api) => names[api]).join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
