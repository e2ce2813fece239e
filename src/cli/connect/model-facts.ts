import { describeNoSuch } from "../../base/no-such.ts";
import type { ModelFacts } from "../../connect/model-facts.ts";
import { showList } from "../../base/show-list.ts";
import type { Client } from "../client.ts";
import { CommandError } from "../command-error.ts";

/** An entry of `GET /v1/models`; fields that are not known are not there. */
interface Listed {
  id: string;
  context_length?: number;
  max_completion_tokens?: number;
  architecture?: { input_modalities: string[]; output_modalities: string[] };
  capabilities?: { type: string; supports?: { tool_calls?: boolean; vision?: boolean; thinking?: boolean } };
}

interface AdminModel {
  name: string;
  targets: { model: string }[];
  leads_to?: string;
}

/** Models that `caller` may call, those of the configuration first. Where the admin key is at hand, it is known which these are. */
export async function readModels(caller: Client, admin: Client): Promise<ModelFacts[]> {
  const { data } = await caller.json<{ data: Listed[] }>("/v1/models");
  const declared = await readDeclared(admin).catch((cause: unknown) => {
    if (caller === admin || !(cause instanceof CommandError)) throw cause;
    return [];
  });
  const known = new Map(declared.map((model) => [model.name, model]));
  const listed = new Map(data.map((model) => [model.id, model]));
  // The configuration's order is its author's.
  const names = new Set([...known.keys(), ...listed.keys()]);
  return [...names].flatMap((name) => {
    const model = listed.get(name);
    return model ? [describe(model, known.get(name))] : [];
  });
}

/** A model that is not in the list, such as one that an alias with a * leads to; undefined where it may not be called. */
export async function readModel(caller: Client, name: string, signal?: AbortSignal): Promise<ModelFacts | undefined> {
  try {
    const path = `/v1/models/${encodeURIComponent(name)}`;
    return describe(await caller.json<Listed>(path, signal && { signal }), undefined);
  } catch (cause) {
    if (cause instanceof CommandError && /\((?:model_not_found|model_not_allowed)\)$/.test(cause.message))
      return undefined;
    throw cause;
  }
}

function describe(listed: Listed, declared: AdminModel | undefined): ModelFacts {
  const { id, context_length, max_completion_tokens, architecture, capabilities } = listed;
  const supports = capabilities?.supports;
  const ids = [id, ...(declared?.targets.map(({ model }) => model) ?? [])];
  const isText =
    capabilities?.type !== "embeddings" &&
    (architecture === undefined ||
      (architecture.input_modalities.includes("text") && architecture.output_modalities.includes("text")));
  return {
    name: id,
    context: context_length,
    output: max_completion_tokens,
    tools: supports?.tool_calls,
    images: supports?.vision,
    thinks: supports && supports.thinking === true,
    isChat: isText && !ids.some((one) => noChat.test(one)),
    isDeclared: declared !== undefined && declared.leads_to === undefined && !id.includes("/"),
    ...(declared?.leads_to !== undefined && { leadsTo: declared.leads_to }),
  };
}

/** There are models that answer no chat without a mark of their own. */
const noChat = /embed|rerank|whisper|transcri|moderation|(?:^|[-/])tts|speech|guard/i;

async function readDeclared(admin: Client): Promise<AdminModel[]> {
  return (await admin.json<{ models: AdminModel[] }>("/admin/v1/models")).models;
}

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
    if (!model) throw new CommandError(describeNoSuch("model", wanted, names, " at this server"));
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
          ? [`${first.name} was chosen of ${others + 1} models; choose another with --model`]
          : []),
        ...describeDoubts(first, program),
      ],
    };
  throw new CommandError(
    chats.length === 0
      ? "This server has no model that answers chats. Add one: sahab pull hf.co/OWNER/REPO, or sahab apply -f cloud.yaml (a vendor's key in the server's environment brings its models)"
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
