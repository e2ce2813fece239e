import type { ModelFacts } from "../dialect/model-facts.ts";
import { catalogPartOf, workOf, type Catalog, type CatalogModel } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";

type Model = CloudConfig["models"][number];
type Lengths = Pick<Model, "context" | "output">;

/** What is known of a model of the configuration: what holds at each of its targets, since any of them may serve it. */
export function factsOfModel(
  { name, local, targets = [], context, output }: Pick<Model, "name" | "local" | "targets" | "context" | "output">,
  providers: ReadonlyMap<string, ProviderConfig>,
  catalog: Pick<Catalog, "findModel"> | undefined,
): ModelFacts {
  const remote = targets.map(({ provider, model }): ModelFacts => {
    const declared = providers.get(provider);
    const known = declared && catalog?.findModel(catalogPartOf(declared), model);
    return known ? factsOf(known) : { work: workOf(model, undefined) };
  });
  return withDeclared(sharedFacts(local ? [factsOfLocal(name, local), ...remote] : remote), { context, output });
}

/** With what the configuration says of it; bounds of the catalogue that do not fit into that are no longer true. */
function withDeclared(known: ModelFacts, { context, output }: Lengths): ModelFacts {
  if (context === undefined && output === undefined) return known;
  const { contextTokens = 0, inputTokensMax, outputTokensMax } = known;
  const isInputKnown = inputTokensMax !== undefined && (context ?? 0) <= contextTokens;
  const fitting =
    outputTokensMax !== undefined && outputTokensMax < (context ?? Infinity) ? outputTokensMax : undefined;
  return {
    ...known,
    contextTokens: context ?? known.contextTokens,
    inputTokensMax: isInputKnown ? Math.min(inputTokensMax, context ?? Infinity) : undefined,
    outputTokensMax: isOfVectors(known) ? undefined : (output ?? fitting ?? (context && keptForAnswer(context))),
  };
}

/** What the catalogue knows of a model. */
export function factsOf(known: CatalogModel): ModelFacts {
  const { id, name, family, released, context, input, output, takes, gives, features, lacks, thinking } = known;
  const work = workOf(id, known);
  // An entry that has only a price says nothing about what the model takes.
  const isDescribed = features !== undefined || lacks !== undefined || context !== undefined;
  const has = (feature: NonNullable<typeof features>[number]): boolean | undefined =>
    features?.includes(feature) ? true : lacks?.includes(feature) ? false : undefined;
  return {
    title: name,
    family,
    released,
    work,
    contextTokens: context,
    inputTokensMax: input,
    // Of a model for vectors the catalogue has the length of a vector here.
    outputTokensMax: isOfVectors({ work }) ? undefined : output,
    ...(isDescribed && { takes, gives }),
    tools: has("tools"),
    structuredOutput: has("structured_output"),
    sampling: has("sampling"),
    thinks: thinking && true,
    efforts: thinking?.efforts,
  };
}

const isOfVectors = ({ work }: ModelFacts): boolean => work === "embedding" || work === "rerank";

/**
 * What a program should keep free for an answer that may take all that the prompt leaves. opencode takes twice that from the context
 * (once for the answer, once for its compaction), and where nothing is left, it compacts after each step: with a quarter, half of the
 * context is left for the prompt.
 */
function keptForAnswer(context: number): number {
  return Math.max(1, Math.floor(context / 4));
}

/** A local model is given tools and schemas whatever its template has. */
function factsOfLocal(name: string, { context }: NonNullable<Model["local"]>): ModelFacts {
  const work = workOf(name, undefined);
  const isText = isOfVectors({ work });
  return {
    work,
    contextTokens: context,
    outputTokensMax: isText ? undefined : keptForAnswer(context),
    takes: ["text"],
    gives: ["text"],
    tools: !isText,
    structuredOutput: !isText,
    sampling: !isText,
  };
}

/** What holds of all: the least of each limit, what each can do, and nothing where it is not known of one. */
function sharedFacts([first = {}, ...others]: readonly ModelFacts[]): ModelFacts {
  return others.reduce<ModelFacts>(
    (shared, next) => ({
      family: same(shared.family, next.family),
      released: same(shared.released, next.released),
      work: same(shared.work, next.work),
      contextTokens: least(shared.contextTokens, next.contextTokens),
      inputTokensMax:
        (shared.inputTokensMax ?? next.inputTokensMax) === undefined
          ? undefined
          : least(shared.inputTokensMax ?? shared.contextTokens, next.inputTokensMax ?? next.contextTokens),
      outputTokensMax: least(shared.outputTokensMax, next.outputTokensMax),
      takes: both(shared.takes, next.takes),
      gives: both(shared.gives, next.gives),
      tools: each(shared.tools, next.tools),
      structuredOutput: each(shared.structuredOutput, next.structuredOutput),
      sampling: each(shared.sampling, next.sampling),
      thinks: each(shared.thinks, next.thinks),
      efforts: both(shared.efforts, next.efforts),
    }),
    // The configuration's name is for people already.
    { ...first, title: undefined },
  );
}

const same = <T>(one: T, other: T): T | undefined => (one === other ? one : undefined);

const least = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : Math.min(one, other);

const each = (one: boolean | undefined, other: boolean | undefined): boolean | undefined =>
  one === false || other === false ? false : one && other;

const both = (one: readonly string[] | undefined, other: readonly string[] | undefined) =>
  one && other && one.filter((name) => other.includes(name));

/**
 * How long an answer may be where its client sets no bound and the vendor demands one: as the model can, but no more than a tenth of
 * its context, since prompt and bound must fit together and agents compact at nine tenths. Undefined where the model is not known.
 */
export function answerTokensOf({ context, output }: Lengths): number | undefined {
  if (context === undefined) return output && Math.min(output, answerTokensLeast);
  const least = Math.min(answerTokensLeast, keptForAnswer(context));
  return output === undefined ? least : Math.min(output, Math.max(least, Math.floor(context / 10)));
}

/** What all models on sale can, where a quarter of their context is not less. */
const answerTokensLeast = 8192;
