import { NoCredit, SahabError, toSahabError } from "../base/errors.ts";
import { describeNoSuch } from "../base/no-such.ts";
import { showList } from "../base/show-list.ts";
import type { Snapshot, Target } from "../config/index.ts";
import {
  checkAccess,
  createModelFinder,
  describeFault,
  isCutThought,
  worstOf,
  type Access,
  type Catalog,
  type KeyReport,
  type ListedModels,
  type Origin,
  type Provider,
  type ProviderReport,
  type Step,
} from "../vendor/index.ts";
import { askToken, type TokenDeps } from "./ask-token.ts";
import { chosenTarget, modelsAt, namedTarget, type TestModels } from "./test-target.ts";

export interface TestDeps extends TokenDeps {
  snapshot: () => Snapshot;
  catalog: Pick<Catalog, "findModel">;
}

/** What an operator asks for. */
export interface TestWish {
  /** The model that is asked for a token; one is chosen where none is named. */
  model?: string | undefined;
  /** Whether a model is asked at all, which costs something. */
  token: boolean;
}

/** Who asks. */
export interface Tester {
  project: string;
  /** The client's. */
  address: string;
  /** Ends the test. */
  signal: AbortSignal;
}

export type TestProvider = (name: string, wish: TestWish, tester: Tester) => Promise<ProviderReport>;

/** Tests under way in a process. Each takes a minute and a half at most: the time limits of its steps. */
const testsMax = 8;

/**
 * Tests providers as requests use them, each key of its own: reached or not, key, models, one token. Throws `not_found` for a provider that
 * is not there, and `overloaded` where too many tests are under way.
 */
export function createProviderTest(deps: TestDeps): TestProvider {
  let underWay = 0;
  return async (name, wish, tester) => {
    const snapshot = deps.snapshot();
    const keys = [...(snapshot.providers?.values() ?? [])].filter((provider) => provider.name === name);
    const [first] = keys;
    if (!first) throw unknownProvider(snapshot, name);
    if (underWay >= testsMax)
      throw new SahabError(
        "overloaded",
        `${underWay} tests of providers are under way, and ${testsMax} is the limit; try again shortly`,
        { retryAfterS: 2 },
      );
    underWay++;
    try {
      const origin: Origin = snapshot.environment?.has(name) ? "environment" : "configuration";
      const reports = await Promise.all(
        keys.map((provider) => testKey(deps, { snapshot, provider, origin }, wish, tester)),
      );
      const { vendorName, address } = first;
      return { name, vendor: vendorName, address, status: worstOf(reports), keys: reports };
    } catch (thrown) {
      if (tester.signal.aborted) throw new SahabError("client_closed_request", "The test was given up");
      throw thrown;
    } finally {
      underWay--;
    }
  };
}

function unknownProvider({ providers }: Snapshot, name: string): SahabError {
  const names = [...new Set([...(providers?.values() ?? [])].map((provider) => provider.name))];
  return new SahabError("not_found", describeNoSuch("provider", name.slice(0, 100), names));
}

interface Tested {
  snapshot: Snapshot;
  provider: Provider;
  origin: Origin;
}

async function testKey(deps: TestDeps, tested: Tested, wish: TestWish, tester: Tester): Promise<KeyReport> {
  const { provider, origin, snapshot } = tested;
  const access = await checkAccess(provider, { origin, signal: tester.signal });
  const own = modelsAt(snapshot, provider);
  const models = access.listed ? compare(provider, own, access.listed) : null;
  const steps = access.steps.map((step) =>
    step.step === "models" && models ? { ...step, ...describeModels(step.detail, models) } : step,
  );
  const result = await testToken(deps, tested, { access, own, wish }, tester);
  const isListAbsent = access.listed === undefined;
  const all = [...steps.map((one) => judgeByCall(one, result, { provider, origin, isListAbsent })), result.step];
  return { key: provider.keyPlace ?? null, status: worstOf(all), steps: all, models, token: result.answer ?? null };
}

/** Names that reports show at most. */
const namesMax = 100;
/** Ids that reports have at most, to choose from. */
const idsMax = 1_000;

function compare(provider: Provider, { declared, offered }: TestModels, listed: readonly string[]): ListedModels {
  const has = createModelFinder(listed);
  const missing = (names: readonly string[]) =>
    names.filter((name) => !has(name) && provider.vendor.unlisted?.test(name) !== true).slice(0, namesMax);
  return {
    count: listed.length,
    ids: listed.slice(0, idsMax),
    missing: missing(declared.map(({ model }) => model)),
    missingOffered: missing(offered.map(({ name }) => name.slice(provider.name.length + 1))),
  };
}

function describeModels(found: string, { missing, missingOffered }: ListedModels): Pick<Step, "status" | "detail"> {
  const offered =
    missingOffered.length === 0 ? "" : `; ${missingOffered.length} that the catalogue has are not among them`;
  return missing.length === 0
    ? { status: "ok", detail: found + offered }
    : { status: "warning", detail: `${found}; the configuration names others: ${showList(missing)}${offered}` };
}

interface TokenResult {
  step: Step;
  answer?: KeyReport["token"];
  failure?: SahabError;
}

async function testToken(
  deps: TestDeps,
  { snapshot, provider, origin }: Tested,
  { access, own, wish }: { access: Access; own: TestModels; wish: TestWish },
  { project, address, signal }: Tester,
): Promise<TokenResult> {
  const skipped = (detail: string): TokenResult => ({ step: { step: "token", status: "skipped", detail } });
  if (!wish.token) return skipped("not asked for");
  if (access.isHopeless) return skipped("not tried");
  let target: Target | undefined;
  try {
    target =
      wish.model === undefined
        ? chosenTarget(provider, own, { catalog: deps.catalog, listed: access.listed })
        : namedTarget(snapshot, provider, wish.model, { catalog: deps.catalog, listed: access.listed });
  } catch (thrown) {
    return { step: { step: "token", status: "failed", detail: toSahabError(thrown).message } };
  }
  if (!target) {
    // Without a list nothing at all has shown that there is an API.
    const status = access.listed ? "skipped" : "warning";
    return { step: { step: "token", status, detail: describeNoModel(access.listed) } };
  }
  const outcome = await askToken(deps, { provider, target }, { project, address, signal });
  if ("failure" in outcome) {
    if (isCutThought(outcome.failure))
      return {
        step: {
          step: "token",
          status: "ok",
          detail: `${target.model} answers: it would think for longer than a token`,
        },
      };
    const detail = `${target.model}: ${describeFault(provider, origin, "token", outcome.failure)}`;
    return { step: { step: "token", status: "failed", detail }, failure: outcome.failure };
  }
  const { answer } = outcome;
  const tokens = `${answer.inputTokens} tokens in, ${answer.outputTokens} out`;
  const detail = `${answer.model} answers: ${tokens}, ${answer.cost} ${answer.currency}`;
  return { step: { step: "token", status: "ok", detail, ms: answer.latencyMs }, answer };
}

/** Why none was asked. */
function describeNoModel(listed: readonly string[] | undefined): string {
  const none = listed
    ? `of the ${listed.length} models that it lists none is known here to write text at a price`
    : "no model of it is known here that writes text at a price";
  return `no model was asked: ${none}; name one with --model, or give one a price in cloud.yaml`;
}

/** A call tells what a list did not: whether the key is good, and that a list which cannot be had does no harm. */
function judgeByCall(
  found: Step,
  { step, failure }: TokenResult,
  { provider, origin, isListAbsent }: Omit<Tested, "snapshot"> & { isListAbsent: boolean },
): Step {
  if (found.step === "key" && failure?.code === "upstream_authentication" && !(failure.cause instanceof NoCredit))
    return { step: "key", status: "failed", detail: describeFault(provider, origin, "key", failure) };
  if (step.status !== "ok") return found;
  if (found.step === "models" && found.status === "failed") return { ...found, status: "warning" };
  if (found.step === "models" && isListAbsent) return { ...found, status: "skipped" };
  if (found.step !== "key" || found.status === "failed") return found;
  return { ...found, status: "ok", detail: provider.hasKey || provider.credentials ? "accepted" : "none is needed" };
}
