import { errorTable, type ErrorCode } from "../base/errors.ts";
import type { Account } from "./describe-account.ts";
import { describeOutcome } from "./describe-outcome.ts";
import { showKey, showModel, type ListedRequest } from "./request-columns.ts";
import { showDuration, showMoment } from "./show-time.ts";

/** As the admin API shows it. */
export interface RequestStory extends ListedRequest {
  cost_explanations: (CostExplanation | null)[];
  refusal: { code: string; message: string } | null;
}

interface CostExplanation {
  currency: string;
  lines: { what: string; count: number; rate: string; per: number }[];
  factors: { why: string; factor: string }[];
}

type AttemptOf = RequestStory["attempt_list"][number];

/** The story of a request in plain words; `accounts` are those that it counts for, as they are now. */
export function describeRequest(story: RequestStory, accounts: readonly Account[]): string {
  const { id, time, key, key_name: name, project, organisation, user, operation, dialect, stream } = story;
  const facts: [string, string][] = [
    ["When", `${showMoment(time, "second")} UTC, for ${showDuration(story.latency_ms)}`],
    [
      "Who",
      `key ${showKey(story)}${name === null ? "" : ` (${key})`} of project ${project}${organisation && ` (${organisation})`}${user && `, user ${user}`}`,
    ],
    ["Asked for", `model ${showModel(story)}: ${operation}${stream ? " as a stream" : ""}, in the form ${dialect}`],
    ["Answered", describeAnswer(story)],
    ["First token", story.time_to_first_token_ms === null ? "" : `after ${showDuration(story.time_to_first_token_ms)}`],
    ["Tokens", describeTokens(story)],
    ["Cost", describeCost(story)],
    ["Budget", describeBudget(story, accounts)],
    ["Tags", describeTags(story.tags)],
  ];
  const lines = facts.flatMap(([title, text]) => (text === "" ? [] : [`${`${title}:`.padEnd(13)}${text}`]));
  return [`${id}: ${describeEnd(story)}`, "", ...lines, "", ...describeAttempts(story)].join("\n");
}

function describeEnd({ status, outcome, refusal, attempts }: RequestStory): string {
  if (outcome === "ok") return `answered with status ${status}`;
  if (outcome === "client_closed_request") return `the client left before the answer was whole (${status} ${outcome})`;
  const why = refusal?.message ?? (attempts === 0 ? describeOutcome(outcome) : undefined);
  return `failed with status ${status} (${outcome})${why === undefined ? "" : `: ${why}`}`;
}

function describeAnswer({ attempt_list: attempts, attempts: count, outcome, provider }: RequestStory): string {
  const last = attempts.at(-1);
  if (!last) return count === 0 ? "nobody: no provider was asked" : `${provider}, at attempt ${count}`;
  if (outcome !== "ok") return `nobody, after ${countOf(count, "attempt")}`;
  return `${last.model} at ${last.provider}${count > 1 ? `, at attempt ${count}` : ""}`;
}

function describeTokens({ tokens, pieces, estimated }: Pick<RequestStory, "tokens" | "pieces" | "estimated">): string {
  const { input, cached_input: cached, cache_write: written, output, reasoning } = tokens;
  const within = (parts: [number, string][]) => {
    const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    return told.length === 0 ? "" : ` (${told.join(", ")})`;
  };
  const counted = Object.entries(pieces).filter(([, count]) => count > 0);
  return [
    `${input} in${within([
      [cached, "from a cache"],
      [written, "written to one"],
    ])}`,
    `${output} out${within([[reasoning, "of reasoning"]])}`,
    ...counted.map(([what, count]) => `${count} ${what}`),
    ...(estimated ? ["estimated in part: the provider did not count all"] : []),
  ].join(", ");
}

function describeCost(story: RequestStory): string {
  const { cost, currency, provider_cost: own, provider_currency: ownCurrency, vendor_cost: stated } = story;
  return [
    `${cost} ${currency}`,
    ...(own === cost && ownCurrency === currency ? [] : [`the provider costs ${own} ${ownCurrency}`]),
    ...(stated === null ? [] : [`the vendor itself states ${stated} ${ownCurrency}`]),
    ...(story.has_other_currencies ? ["beside what attempts cost in other currencies"] : []),
  ].join("; ");
}

function describeBudget(story: RequestStory, accounts: readonly Account[]): string {
  const { account_cost: counted, account_currency: currency, cost } = story;
  const left = accounts.flatMap(({ account, currency: own, windows, balance }) => {
    const whose = account === `key:${story.key}` ? "the key" : account.replace(":", " ");
    return [
      ...windows.map(({ period, left }) => `${whose} has ${left} ${own} left (${period})`),
      ...(balance ? [`${whose} has ${balance.left} ${own} left of its balance`] : []),
    ];
  });
  const spent = counted === "0" ? "nothing was counted" : `${counted} ${currency} were counted`;
  if (left.length > 0) return `${spent}; now ${left.join(", ")}`;
  return counted !== cost || currency !== story.currency ? spent : "no budget applies to the key";
}

function describeTags(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

function describeAttempts(story: RequestStory): string[] {
  const { attempt_list: attempts, attempts: count } = story;
  if (attempts.length === 0)
    return [
      count === 0 ? "No attempt: it ended before a provider was asked." : "Its attempts were not recorded yet then.",
    ];
  return attempts.flatMap((attempt, place) => {
    const { provider, model, provider_key: key, started_ms: startedMs, duration_ms: tookMs } = attempt;
    const at = `${provider}, model ${model}${key === null ? "" : `, with key ${key} of its keys`}`;
    const explained = story.cost_explanations[place] ?? null;
    return [
      `Attempt ${place + 1}: ${at}`,
      `  began after ${showDuration(startedMs)} and took ${showDuration(tookMs)}`,
      ...describeFate(story, attempt).map((line) => `  ${line}`),
      ...(attempt.outcome === "ok" ? [] : [`  ${describeNext(story, place)}`]),
      ...priceLines(attempt, explained).map((line) => `  ${line}`),
      ...(attempt.vendor_request_id === null ? [] : [`  its own id of the request: ${attempt.vendor_request_id}`]),
    ];
  });
}

function describeFate({ stream }: RequestStory, attempt: AttemptOf): string[] {
  const { outcome, sent_ms: sentMs, started_ms: startedMs, first_text_ms: firstMs } = attempt;
  const first = firstMs === null || !stream ? "" : `; its first text came after ${showDuration(firstMs - startedMs)}`;
  if (outcome === "ok") return [`answered${first}`];
  const { vendor_status: status, vendor_code: code } = attempt;
  const said =
    status === null && code === null
      ? ""
      : ` It answered${status === null ? "" : ` with status ${status}`}${code === null ? "" : ` and the code ${code}`}.`;
  const unsent = sentMs === null ? " Nothing was sent." : "";
  return [`failed: ${describeOutcome(outcome)} (${outcome}).${said}${unsent}${first && ` It had begun${first}.`}`];
}

/** What was done about a failure. */
function describeNext({ attempt_list: attempts, stream }: RequestStory, place: number): string {
  const [failed, next] = [attempts[place], attempts[place + 1]];
  if (!failed) return "";
  if (next) {
    const pause = showDuration(Math.max(0, next.started_ms - failed.started_ms - failed.duration_ms));
    const isSame = next.provider === failed.provider && next.model === failed.model;
    if (isSame && next.provider_key === failed.provider_key) return `Then it was asked once more, ${pause} later.`;
    if (isSame) return `Then another of its keys was tried, ${pause} later.`;
    return `Then the next target was tried, ${pause} later.`;
  }
  if (failed.outcome === "client_closed_request" || failed.outcome === "shutting_down") return "So it was given up.";
  if (stream && failed.first_text_ms !== null)
    return "The client had a part of the answer by then, so no other could take its place.";
  const isKnown = Object.hasOwn(errorTable, failed.outcome);
  if (isKnown && errorTable[failed.outcome as ErrorCode].elsewhere) return "There was nothing else to try.";
  return "Others would have done no better, so none was tried.";
}

/** How the cost came about. */
function priceLines(attempt: AttemptOf, explained: CostExplanation | null): string[] {
  const { cost, currency, provider_cost: own, provider_currency: ownCurrency, tokens } = attempt;
  const isUsed = tokens.input + tokens.output > 0 || own !== "0";
  if (!isUsed) return attempt.outcome === "ok" ? ["it cost nothing"] : [];
  const charged = own === cost && ownCurrency === currency ? "" : `; charged are ${cost} ${currency ?? ""}`;
  const total = `${own} ${ownCurrency ?? ""}${charged}`;
  if (!explained) return [`cost: ${total}, by a price that is not declared now`];
  if (own === "0") return [`cost: ${total}, since it is free`];
  const sum = explained.lines.map(({ what, count, rate, per }) => {
    const price = per === 1 ? rate : per === 1_000_000 ? `${rate} a million` : `${rate} for ${per}`;
    return `${count} ${what.replaceAll("_", " ")} at ${price}`;
  });
  const factors = explained.factors.map(({ why, factor }) => `; × ${factor} (${why.replaceAll("_", " ")})`);
  return [`cost: ${sum.join(" + ")}${factors.join("")} = ${total}`];
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
