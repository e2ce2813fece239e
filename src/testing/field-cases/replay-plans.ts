import { passedOn, cut, estimated, refused, sameBytes, saneRetryAfter, whole } from "./replay-rules.ts";
import type { ReplayPlan, ReplayRule } from "./replay.ts";

/** A vendor that says itself that it failed may be asked once more, as for a status of 500. */
const ownError = { callsMax: 2 };
const counted = { tokens: { input: 7, output: 3 }, estimated: false };

/** What is right for each case of a vendor's answer. */
export const replayPlans: Record<string, ReplayPlan> = {
  "01a-finish-empty": { rule: cut() },
  "01c-finish-empty-whole": { rule: whole(counted) },
  "02-abort": { rule: cut({ content: "Half an" }) },
  "02-error": { rule: cut({ content: "Half an" }) },
  "02-insufficient-system-resource": { rule: cut({ content: "Half an" }) },
  "02-network-error": { rule: cut({ content: "Half an" }) },
  "02n-finish-error-partial": { rule: cut({ content: "a", says: /error/i }) },
  "02p-done-no-finish": { rule: cut({ content: "Half an" }) },
  "02x-whole-abort": { rule: refused({ callsMax: 2 }) },
  "02y-abort-at-once": { rule: refused({ callsMax: 2 }) },
  "03a-done-one-newline": { rule: whole(counted) },
  "03c-usage-unterminated": { rule: whole(counted) },
  "03e-rest-not-json": { rule: cut() },
  "03f-cr-done": { rule: whole(counted) },
  "03g-data-after-done": { rule: whole({ estimated: true }) },
  "03h-no-done-clean": { rule: whole({ estimated: true }) },
  "03i-usage-after-stop-no-done": { rule: whole(counted) },
  // The account's own trouble is the operator's matter, so that its status may stay behind.
  "04a-200-balance": { rule: refused({ statuses: [402, 429, 502, 503], isFree: true }) },
  "04c-200-choices-empty": { rule: refused({ isFree: true }) },
  "04d-sse-balance": { rule: refused({ statuses: [402, 429, 502, 503], isFree: true }) },
  "04f-sse-empty": { rule: refused({ callsMax: 2 }) },
  "04g-bom-json": { rule: whole({ ...counted, mayFail: true }) },
  "04h-message-null": { rule: refused() },
  "04i-array": { rule: refused() },
  "04j-empty-body": { rule: refused() },
  "04k-error-null": { rule: whole(counted) },
  "04l-error-empty": { rule: whole(counted) },
  "04m-status-201": { rule: whole(counted) },
  "04o-status-204": { rule: refused() },
  "05a-json-asked-sse-came": { rule: whole({ ...counted, mayFail: true }), isStream: false },
  "05b-sse-asked-json-came": { rule: whole({ ...counted, mayFail: true }), isStream: true },
  "05c-octet-stream": { rule: whole(counted), isStream: true },
  "05d-no-type": { rule: whole(counted), isStream: true },
  "05f-html": { rule: refused({ says: /web page|html/i }) },
  "05g-json-error-for-stream": { rule: contextTooLong, isStream: true },
  "06-azure-filter-after-stop": { rule: whole({ also: sameBytes }), isPlain: true },
  "07a-error-first": { rule: refused(ownError) },
  "07b-error-after": { rule: cut({ says: /all workers are busy/ }) },
  "07c-empty-chunks": { rule: whole() },
  "07d-role-then-error": { rule: refused(ownError) },
  "07e-error-string": { rule: cut() },
  "07g-error-text": { rule: cut() },
  "07h-error-text-done": { rule: cut() },
  "07i-json-line-no-data": { rule: cut() },
  "07j-json-line-first": { rule: refused({ ...ownError, says: /boom/ }) },
  "07l-message-code-first": { rule: refused(ownError) },
  "08a-same-index": { rule: whole({ content: "", also: sameBytes }), isPlain: true, roads: ["chat"] },
  "09-crlf-no-space": { rule: whole(counted) },
  "26-pass-through-stream": { rule: whole({ ...counted, content: "", also: sameBytes }), roads: ["chat"] },
  "s1-glued-event": { rule: cut() },
  "s2-br-sse": { rule: whole({ mayFail: true }) },
  "s2-gzip-cut": { rule: refused({ callsMax: 2 }) },
  "s2-gzip-sse": { rule: whole({ mayFail: true }) },
  "s2-identity-json": { rule: whole(counted) },
  "s2-snappy-json": { rule: refused() },
  "s2-xgzip-json": { rule: whole(counted) },
  "s2-zstd-sse": { rule: whole({ mayFail: true }) },

  "19a-floats-for-base64": { rule: base64Vector, operation: "embeddings" },
  "19b-empty-data": { rule: refusedEmbedding, operation: "embeddings" },

  "36-anthropic-names": { rule: whole({ also: orExactly(12, 5) }) },
  "36-cached-more": { rule: whole({ also: estimated() }) },
  "36-cached-subset": {
    rule: whole({ tokens: { input: 44_341, cached_input: 41_518, output: 10 }, estimated: false }),
  },
  "36-completion-null": { rule: whole({ tokens: { input: 12 }, also: estimated() }) },
  "36-cumulative": { rule: whole(counted) },
  "36-empty": { rule: whole({ also: estimated() }) },
  "36-float": { rule: whole({ also: estimated() }) },
  "36-midstream-details": { rule: whole(counted) },
  "36-negative": { rule: whole({ also: estimated() }) },
  "36-null": { rule: whole({ also: estimated() }) },
  "36-null-usage": { rule: whole({ also: estimated() }) },
  "36-overflow": { rule: whole({ also: estimated() }) },
  "36-reasoning-apart": { rule: whole({ tokens: { input: 10, output: 105, reasoning: 100 } }) },
  "36-stream-cut-after-usage": { rule: cutAfterUsage },
  "36-string": { rule: whole({ also: orExactly(12, 5) }) },
  "36-text-for-free": { rule: textForFree },
  "36-twice": { rule: whole({ also: oneOfTwo }) },
  "36-usage-in-choice": { rule: whole(counted) },
  "36-with-cost": { rule: whole({ tokens: { input: 12, output: 5 }, estimated: false }) },
  "36-x-groq": { rule: whole(counted) },
  "36-zeros": { rule: whole({ also: estimated() }) },

  "39-http-400-type": { rule: passedOn({ status: 400, also: all(saneRetryAfter, sameBytes) }) },
  // 429: once more where the wait is at most 5 s, else the next one at once.
  "39-retry-date": { rule: limited(Date.parse("2026-11-25T23:59:00Z") - Date.now() > 5_000 ? 1 : 2) },
  "39-retry-day": { rule: limited(1) },
  "39-retry-half": { rule: limited(2) },
  "39-retry-neg": { rule: limited(2) },
  "39-retry-past": { rule: limited(2) },
};

function all(...rules: readonly ReplayRule[]): ReplayRule {
  return (...found) => {
    for (const rule of rules) rule(...found);
  };
}

function limited(calls: number): ReplayRule {
  const also: ReplayRule = (replay, findings) => findings.equal("calls", replay.calls, calls);
  return refused({ statuses: [429], callsMax: 2, also: all(saneRetryAfter, also) });
}

/** Another target may have a longer context; the same one is not asked again. */
function contextTooLong(...found: Parameters<ReplayRule>): void {
  const [{ isBacked, record }] = found;
  if (isBacked && record.provider === "spare") refused()(...found);
  else passedOn({ status: 400, code: "context_length_exceeded" })(...found);
}

/** Either these counts, or an estimate that is marked. */
function orExactly(input: number, output: number): ReplayRule {
  return (replay, findings, fieldCase) => {
    const { tokens } = replay.record;
    if (tokens.input !== input || tokens.output !== output) estimated()(replay, findings, fieldCase);
  };
}

function oneOfTwo({ record: { tokens } }: Parameters<ReplayRule>[0], findings: Parameters<ReplayRule>[1]): void {
  findings.expect(
    [
      [7, 3],
      [1, 1],
    ].some(([input, output]) => tokens.input === input && tokens.output === output),
    `tokens are ${JSON.stringify(tokens)}`,
  );
}

/** Some 4,000 words came after the last count, which said 1. */
function cutAfterUsage(...[replay, findings, fieldCase]: Parameters<ReplayRule>): void {
  const sent = [...fieldCase.text("vendor.http").matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text).join("");
  cut({ content: sent, also: estimated({ outputMin: 1_000 }) })(replay, findings, fieldCase);
}

function textForFree(...[replay, findings, fieldCase]: Parameters<ReplayRule>): void {
  const content = /"content":"([^"]*)"/.exec(fieldCase.text("vendor.http"))?.[1] ?? "";
  whole({ content, also: estimated({ outputMin: Math.floor(content.length / 8) }) })(replay, findings, fieldCase);
}

function base64Vector(...[{ reply, record }, findings]: Parameters<ReplayRule>): void {
  findings.equal("the status", reply.status, 200);
  const [vector] = (reply.payloads[0]?.["data"] ?? []) as { embedding: unknown }[];
  findings.expect(typeof vector?.embedding === "string", `the vector is ${JSON.stringify(vector?.embedding)}`);
  if (typeof vector?.embedding !== "string" || record.provider === "spare") return;
  const floats = [...new Float32Array(Uint8Array.from(Buffer.from(vector.embedding, "base64")).buffer)];
  findings.equal("the vector", floats, [0.25, -0.5, 1, 0.125]);
}

function refusedEmbedding(...[replay, findings]: Parameters<ReplayRule>): void {
  const { reply, record, isBacked } = replay;
  findings.equal("the vendor's calls", replay.calls, 1);
  findings.equal("the status", reply.status, isBacked ? 200 : 502);
  if (isBacked) findings.equal("who answered", record.provider, "spare");
  else findings.equal("the cost", Number(record.cost), 0);
}
