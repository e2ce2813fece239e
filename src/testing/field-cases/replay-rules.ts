import type { Findings } from "./findings.ts";
import { short } from "./findings.ts";
import { object } from "./reply.ts";
import { isSpare, price, type Replay, type ReplayRule } from "./replay.ts";

interface Counted {
  input?: number;
  cached_input?: number;
  output?: number;
  reasoning?: number;
}

/** The vendor's answer is whole and reaches the client so. */
export function whole(
  options: {
    content?: string;
    tokens?: Counted;
    estimated?: boolean;
    /** The text allows that this answer is refused and tried elsewhere. */
    mayFail?: boolean;
    also?: ReplayRule;
  } = {},
): ReplayRule {
  const { content = "Hello", tokens, estimated, mayFail, also } = options;
  return (replay, findings, fieldCase) => {
    const { reply, record, calls } = replay;
    // An answer in the other form may be folded or refused.
    if ((mayFail || replay.road === "crossed") && (isSpare(replay) || reply.status >= 500)) {
      refused()(replay, findings, fieldCase);
      return;
    }
    findings.expect([200, 201].includes(reply.status), `the status is ${reply.status}: ${short(reply.text)}`);
    findings.expect(reply.isWhole, `the answer does not end as a whole one: …${reply.text.slice(-100)}`);
    findings.equal("the text", reply.content, content);
    findings.equal("the outcome", record.outcome, "ok");
    findings.expect(record.provider !== "spare", "the spare target answered");
    findings.equal("attempts and calls", [record.attempts, calls], [1, 1]);
    if (estimated !== undefined) findings.equal("estimated", record.estimated, estimated);
    if (tokens)
      for (const [name, count] of Object.entries(tokens) as [keyof Counted, number][])
        findings.equal(`tokens.${name}`, record.tokens[name], count);
    checkCost(replay, findings);
    also?.(replay, findings, fieldCase);
  };
}

/** The bill is exactly what the counted tokens cost, here and in what the client is told. */
function checkCost({ reply, record }: Replay, findings: Findings): void {
  const { input, cached_input, output } = record.tokens;
  const nano =
    (input - cached_input) * price.input * 1e3 + cached_input * price.cached_input * 1e3 + output * price.output * 1e3;
  findings.expect(Math.abs(Number(record.cost) * 1e9 - nano) < 0.51, `the cost is ${record.cost}, not ${nano / 1e9}`);
  const told = reply.payloads.map(({ usage }) => object(usage)["cost"]).findLast((cost) => cost !== undefined);
  if (told !== undefined) findings.equal("the cost that the client is told", told, record.cost);
}

/** Text has reached the client, then the answer breaks: an error event, never an end; and no second target may go on. */
export function cut(options: { content?: string; says?: RegExp; also?: ReplayRule } = {}): ReplayRule {
  const { content = "Hello", says, also } = options;
  return (replay, findings, fieldCase) => {
    const { reply, record, isBacked, calls } = replay;
    findings.expect(!reply.isWhole || isSpare(replay), `the client takes it for whole: …${reply.text.slice(-100)}`);
    if (replay.road === "crossed") {
      // Nothing has reached a client that waits for all of it, so another target may answer.
      refused({ callsMax: 2 })(replay, findings, fieldCase);
      return;
    }
    findings.equal("the status", reply.status, 200);
    findings.equal("the text", reply.content, content);
    findings.expect(reply.error !== undefined, `there is no error event: …${reply.text.slice(-100)}`);
    findings.expect(!/\[DONE\]|message_stop/.test(reply.text), "the stream has a proper end");
    findings.expect(record.outcome !== "ok", "it is recorded as ok");
    findings.equal("attempts and calls", [record.attempts, calls], [1, 1]);
    findings.expect(!isBacked || record.provider !== "spare", "the spare target went on");
    if (says) findings.expect(says.test(reply.error?.message ?? ""), `the error says "${short(reply.error?.message)}"`);
    also?.(replay, findings, fieldCase);
  };
}

/** The vendor has given no answer: an error where it stands alone, the next target's answer where there is one. */
export function refused(
  options: {
    statuses?: readonly number[];
    code?: string;
    says?: RegExp;
    isFree?: boolean;
    callsMax?: number;
    also?: ReplayRule;
  } = {},
): ReplayRule {
  const { statuses = [502], code, says, isFree, callsMax = 1, also } = options;
  return (replay, findings, fieldCase) => {
    const { reply, record, isBacked, calls } = replay;
    findings.expect(calls >= 1 && calls <= callsMax, `the vendor was asked ${calls} times`);
    if (isBacked) {
      findings.expect(
        isSpare(replay) && reply.isWhole && record.outcome === "ok",
        `the next target was not tried: ${reply.status} ${short(reply.text)}`,
      );
      findings.equal("attempts", record.attempts, calls + 1);
    } else {
      findings.expect(statuses.includes(reply.status), `the status is ${reply.status}: ${short(reply.text)}`);
      findings.expect((reply.error?.message ?? "") !== "", `the error has no message: ${short(reply.text)}`);
      findings.expect(record.outcome !== "ok", "it is recorded as ok");
      if (code !== undefined) findings.equal("the code", reply.error?.code, code);
      if (says)
        findings.expect(says.test(reply.error?.message ?? ""), `the error says "${short(reply.error?.message)}"`);
      if (isFree) findings.equal("the cost", Number(record.cost), 0);
    }
    also?.(replay, findings, fieldCase);
  };
}

/** A refusal that belongs to the caller: no other target and no second try. */
export function passedOn(options: { status: number; code?: string; also?: ReplayRule }): ReplayRule {
  return (replay, findings, fieldCase) => {
    const { reply, record, calls } = replay;
    findings.equal("the status", reply.status, options.status);
    if (options.code !== undefined && replay.road !== "messages")
      findings.equal("the code", reply.error?.code, options.code);
    findings.equal("attempts and calls", [record.attempts, calls], [1, 1]);
    findings.expect(record.outcome !== "ok", "it is recorded as ok");
    options.also?.(replay, findings, fieldCase);
  };
}

/** A client of the vendor's own dialect and form gets its very bytes. */
export const sameBytes: ReplayRule = ({ road, reply }, findings, fieldCase) => {
  if (road !== "chat") return;
  const sent = fieldCase.text("vendor.http");
  const body = sent.slice(sent.indexOf("\r\n\r\n") + 4);
  findings.equal(
    "the body apart from its cost",
    reply.text.replaceAll(/,"cost":"[^"]*","cost_currency":"USD"/g, ""),
    body,
  );
};

/** The count was found to be impossible, so it is Sahab's own and marked so. */
export const estimated =
  (options: { outputMin?: number; inputMax?: number } = {}): ReplayRule =>
  ({ record }, findings) => {
    const { outputMin = 1, inputMax = 1_000 } = options;
    findings.equal("estimated", record.estimated, true);
    const { input, output } = record.tokens;
    findings.expect(input >= 1 && input <= inputMax, `tokens.input is ${input}`);
    findings.expect(output >= outputMin && output <= 100_000, `tokens.output is ${output}`);
  };

/** `Retry-After` is a whole number of 0 to 120 seconds, or is left out. */
export const saneRetryAfter: ReplayRule = ({ reply, isBacked }, findings) => {
  const found = reply.headers.get("retry-after");
  if (isBacked && reply.status === 200) return;
  findings.expect(found === null || (/^\d{1,3}$/.test(found) && Number(found) <= 120), `retry-after is ${found}`);
};
