import { askSimilar } from "../../base/find-similar.ts";
import { showList } from "../../base/show-list.ts";
import type { Client } from "../client.ts";
import { CommandError } from "../command-error.ts";

/** What is known of a model that the server offers; what is unknown is undefined. */
export interface ModelFacts {
  name: string;
  /** Tokens of prompt and answer together. */
  context: number | undefined;
  /** Most tokens of an answer. */
  output: number | undefined;
  tools: boolean | undefined;
  images: boolean | undefined;
  thinks: boolean | undefined;
  /** Whether it answers chats, as far as is known. */
  isChat: boolean;
  /** Whether the configuration has it by this name. */
  isDeclared: boolean;
  /** The model's own name, where this is another one for it. */
  leadsTo?: string;
}

interface Listed {
  data: { id: string }[];
  models?: { slug: string; context_window?: number | null }[];
}

interface AdminModel {
  name: string;
  kind: string;
  targets: { provider: string; model: string }[];
  leads_to?: string;
}

interface CatalogModel {
  id: string;
  context: number | null;
  output: number | null;
  takes: string[];
  gives: string[];
  features: string[];
  lacks: string[];
  thinking: object | null;
  available: string[];
}

/** Models that `caller` may call. Where the admin key is at hand, more is known of them. */
export async function readModels(caller: Client, admin: Client): Promise<ModelFacts[]> {
  // With a version Codex's list comes beside OpenAI's, which tells what each model holds.
  const listed = await caller.json<Listed>("/v1/models?client_version=0");
  const contexts = new Map(listed.models?.map(({ slug, context_window }) => [slug, context_window ?? undefined]));
  const [declared, catalog] = await Promise.all([readDeclared(admin), readCatalog(admin)]).catch((cause: unknown) => {
    if (caller === admin || !(cause instanceof CommandError)) throw cause;
    return [[], new Map<string, CatalogModel>()] as const;
  });
  const known = new Map(declared.map((model) => [model.name, model]));
  const names = new Set(listed.data.map(({ id }) => id));
  // The configuration's order is its author's.
  const inOrder = [...declared.map(({ name }) => name).filter((name) => names.has(name)), ...names];
  return [...new Set(inOrder)].map((name) => {
    const model = known.get(name);
    const facts = model?.targets.map((target) => catalog.get(keyOf(target.provider, target.model))).find(Boolean);
    return describe(name, model, facts, contexts.get(name));
  });
}

/** A model that is not in the list, such as one that an alias with a * leads to; undefined where it may not be called. */
export async function readModel(caller: Client, name: string, signal?: AbortSignal): Promise<ModelFacts | undefined> {
  try {
    await caller.request(`/v1/models/${encodeURIComponent(name)}`, signal && { signal });
  } catch (cause) {
    if (cause instanceof CommandError && /\((?:model_not_found|model_not_allowed)\)$/.test(cause.message))
      return undefined;
    throw cause;
  }
  return describe(name, undefined, undefined, undefined);
}

function describe(
  name: string,
  model: AdminModel | undefined,
  facts: CatalogModel | undefined,
  context: number | undefined,
): ModelFacts {
  const hasFeature = (feature: string) =>
    facts?.features.includes(feature) ? true : facts?.lacks.includes(feature) ? false : undefined;
  const isText = facts === undefined || (facts.gives.includes("text") && facts.takes.includes("text"));
  const ids = [name, ...(model?.targets.map((target) => target.model) ?? [])];
  return {
    name,
    context: context ?? facts?.context ?? undefined,
    output: facts?.output ?? undefined,
    tools: hasFeature("tools"),
    images: facts?.takes.includes("image"),
    thinks: facts && facts.thinking !== null,
    isChat: isText && !ids.some((id) => noChat.test(id)),
    isDeclared: model !== undefined && model.leads_to === undefined && !name.includes("/"),
    ...(model?.leads_to !== undefined && { leadsTo: model.leads_to }),
  };
}

/** The catalogue has models that answer no chat without a mark of their own. */
const noChat = /embed|rerank|whisper|transcri|moderation|(?:^|[-/])tts|speech|guard/i;

async function readDeclared(admin: Client): Promise<AdminModel[]> {
  return (await admin.json<{ models: AdminModel[] }>("/admin/v1/models")).models;
}

async function readCatalog(admin: Client): Promise<Map<string, CatalogModel>> {
  const { models } = await admin.json<{ models: CatalogModel[] }>("/admin/v1/catalog/models");
  return new Map(models.flatMap((model) => model.available.map((provider) => [keyOf(provider, model.id), model])));
}

const keyOf = (provider: string, id: string) => `${provider}\n${id}`;

/** Instructions and tools of an agent take 10,000 to 25,000 tokens before the first question. */
const agentContextMin = 32_000;

/** The model that is asked for; else the only one that fits, or the first of the configuration. */
export function chooseModel(
  models: readonly ModelFacts[],
  wanted: string | undefined,
  program: { title: string; isAgent: boolean; takesModel?: boolean },
): { model: ModelFacts; warnings: string[] } {
  const names = models.map(({ name }) => name);
  if (wanted !== undefined) {
    const model = models.find(({ name }) => name === wanted);
    if (!model)
      throw new CommandError(
        `There is no model ${wanted} at this server; there are: ${showList(names) || "none"}${askSimilar(wanted, names)}`,
      );
    return { model, warnings: describeDoubts(model, program) };
  }
  const chats = models.filter(({ isChat }) => isChat);
  const fitting = chats.filter((model) => describeDoubts(model, program).length === 0);
  const declared = fitting.filter(({ isDeclared }) => isDeclared);
  const [first] =
    declared.length > 0 ? declared : fitting.length === 1 || fitting.length === 0 ? [...fitting, ...chats] : [];
  const others = chats.filter(({ name, leadsTo }) => name !== first?.name && leadsTo === undefined).length;
  if (first)
    return {
      model: first,
      warnings: [
        ...(others > 0 && program.takesModel !== false
          ? [`${first.name} is taken, of ${others + 1} models; --model names another`]
          : []),
        ...describeDoubts(first, program),
      ],
    };
  throw new CommandError(
    chats.length === 0
      ? "This server has no model that answers chats. Add one: sahab pull FILE-OR-URL, or sahab apply -f cloud.yaml (a vendor's key in the server's environment brings its models)"
      : `Name a model with --model, of: ${showList(chats.map(({ name }) => name))}`,
  );
}

function describeDoubts(
  { name, tools, context, isChat }: ModelFacts,
  { title, isAgent }: { title: string; isAgent: boolean },
) {
  const doubts: string[] = [];
  if (!isChat) doubts.push(`${name} does not seem to answer chats`);
  if (!isAgent) return doubts;
  if (tools === false) doubts.push(`${name} has no tools, and ${title} works with tools`);
  if (context !== undefined && context < agentContextMin)
    doubts.push(
      `${name} holds ${context} tokens; the instructions of an agent such as ${title} take 10,000 and more, so at least ${agentContextMin} are wanted`,
    );
  return doubts;
}
