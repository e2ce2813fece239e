import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { sendExpecting, sendRaw } from "./raw-http.ts";
import { object, readReply, type Json, type Reply } from "./reply.ts";
import { price } from "./replay.ts";
import { describeReply, passedUnchanged, passedWithout, recorded, send } from "./request-trials.ts";
import { forEach, type Trials } from "./trial.ts";
import { ask, bigEventBytes, expensive, manyBytesText, type World } from "./world.ts";

/** What the HTTP face and the request path must make of requests, with a healthy vendor behind them. */
export const gatewayTrials: Trials = {
  ...forEach(["10-big-event-1mb", "10-big-event-10mb", "10-big-event-17mb"], bigEvent),
  ...forEach(["11-body-br", "11-body-gzip", "11-body-zstd"], codedBody),
  "13-base-url": wrongPaths,
  // Vendors refuse what says nothing.
  "17-tools-empty": passedWithout("tools", "tool_choice", "parallel_tool_calls"),
  "18-stream-options-no-stream": passedUnchanged,
  "20-half-emoji": passedUnchanged,
  ...forEach(["21-half-emoji-model", "21-newline-model", "21-nul-model"], recorded([404])),
  "21-nul-vendor": recorded([200]),
  ...forEach(
    [
      "inner-include-twice",
      "max-twice",
      "messages-twice",
      "model-escaped",
      "model-twice",
      "model-twice-b",
      "n-twice",
      "n-twice-b",
      "stream-options-escaped",
      "stream-options-twice",
      "stream-twice",
      "stream-twice-b",
    ].map((name) => `30-${name}`),
    oneMeaning,
  ),
  "38-client-keys": formsOfKey,
  "s3-utf8-cut": charactersSurvive,
  "s5-expect": expectContinue,
};

/** An event of so many bytes passes, or the error names the bound that it is beyond. */
async function bigEvent(world: World, { name }: FieldCase): Promise<Findings> {
  const findings = new Findings();
  await bigEventBy("/v1/chat/completions", world, name, findings);
  await bigEventBy("/v1/messages", world, name, findings);
  return findings;
}

async function bigEventBy(path: string, world: World, name: string, findings: Findings): Promise<void> {
  const size = bigEventBytes[name.split("-").at(-1) as keyof typeof bigEventBytes];
  const messages = [{ role: "user", content: "Hello" }];
  const reply = await ask(world, path, { model: name, stream: true, max_tokens: 4_000, messages });
  const record = await world.records.find(reply.id);
  findings.saw(`${reply.status}, ${reply.content.length} letters, ${short(reply.error?.message ?? "no error")}`);
  findings.equal("the status", reply.status, 200);
  findings.equal("malformed events", reply.malformed.length, 0);
  if (size < 16 * 1024 * 1024) {
    findings.equal("letters", reply.content.length, "Hello".length + size);
    findings.expect(reply.isWhole && record?.outcome === "ok", `it is not whole: ${record?.outcome}`);
  } else {
    findings.equal("the text before it", reply.content, "Hello");
    findings.expect(!reply.isWhole && record?.outcome !== "ok", "it passes for whole");
    findings.expect(/16,?777,?216|16 Mi?B/.test(reply.error?.message ?? ""), "the error does not name the bound");
  }
}

async function codedBody(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const coding = fieldCase.name.split("-").at(-1) as string;
  const reply = await ask(world, "/v1/chat/completions", fieldCase.bytes("request.bin"), {
    headers: { "content-encoding": coding },
  });
  findings.saw(describeReply(reply));
  findings.equal("the status", reply.status, 200);
  findings.equal("the text", reply.content, "Hello");
  return findings;
}

/** Paths that clients make of a base address with a version too many or too few. */
async function wrongPaths(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const body = JSON.stringify({ model: "healthy", messages: [{ role: "user", content: "hi" }] });
  for (const line of fieldCase.text("paths.txt").split("\n").filter(Boolean)) {
    const path = line.replace("POST ", "");
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${world.key}\r\n`;
    const rest = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const reply = await sendRaw(world.sahab.address, head + rest);
    findings.saw(`${path}: ${describeReply(reply)}`);
    findings.expect(
      (reply.status === 200 && reply.isWhole) ||
        (reply.status === 404 && /base.?url|base address/i.test(reply.text) && reply.text.includes("/v1")),
      `${path} gets ${reply.status} without the right base URL: ${short(reply.text)}`,
    );
  }
  return findings;
}

/** Refused, or Sahab and a vendor that takes the last of several fields read the same, and the bill is for what was called. */
async function oneMeaning(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const before = world.healthy.calls.length;
  const reply = await send(world, fieldCase);
  findings.saw(describeReply(reply));
  if (reply.status === 400) {
    findings.expect((reply.error?.message ?? "") !== "", "the refusal has no message");
    return findings;
  }
  const meant = JSON.parse(fieldCase.text("request.json")) as Json;
  findings.equal("the status", reply.status, 200);
  findings.equal("whether a stream came", reply.isStream, meant["stream"] === true);
  // Another case of the same model may run beside this one, so the call is known by all that was meant.
  const calls = world.healthy.calls.slice(before).map((call) => call.body);
  const essence = ({ model, messages, n, max_tokens, stream }: Json) => ({ model, messages, n, max_tokens, stream });
  findings.expect(
    calls.some((body) => Bun.deepEquals(essence(body), essence(meant))),
    `the vendor reads something else: ${short(JSON.stringify(calls.map(essence)), 300)}`,
  );
  const record = await world.records.find(reply.id);
  findings.equal("the recorded model", record?.model, meant["model"]);
  if (record) {
    const { input, cached_input, output } = record.tokens;
    const due = meant["model"] === "other-expensive" ? expensive : price;
    const cost = ((input - cached_input) * due.input + cached_input * due.cached_input + output * due.output) / 1e6;
    findings.expect(Math.abs(Number(record.cost) - cost) < 1e-9, `the cost is ${record.cost}, not ${cost}`);
  }
  const wantsUsage = object(meant["stream_options"])["include_usage"] === true;
  if (reply.isStream) findings.equal("whether usage came", reply.text.includes('"prompt_tokens"'), wantsUsage);
  return findings;
}

/** Keys as clients send them by mistake: they work, or the refusal names the form in which it came. */
async function formsOfKey(world: World): Promise<Findings> {
  const findings = new Findings();
  const forms: [Record<string, string>, RegExp][] = [
    [{ authorization: `Bearer Bearer ${world.key}` }, /bearer.*(?:twice|bearer)/i],
    [{ "api-key": world.key }, /api-key/i],
  ];
  for (const [headers, named] of forms) {
    const startedMs = performance.now();
    const response = await fetch(`${world.sahab.address}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "healthy", messages: [{ role: "user", content: "hi" }] }),
    });
    const reply: Reply = await readReply(response, startedMs);
    findings.saw(`${Object.keys(headers).join()}: ${describeReply(reply)}`);
    findings.expect(
      reply.status === 200 || (reply.status === 401 && named.test(reply.error?.message ?? "")),
      `${Object.keys(headers).join()} gets ${reply.status}, which does not name it: ${short(reply.text)}`,
    );
    findings.expect(!reply.text.includes(world.key), "the answer repeats the key");
  }
  return findings;
}

/** A stream that is cut between the bytes of its characters. */
async function charactersSurvive(world: World): Promise<Findings> {
  const findings = new Findings();
  const messages = [{ role: "user", content: "Hello" }];
  for (const path of ["/v1/chat/completions", "/v1/messages"]) {
    const reply = await ask(world, path, { model: "s3-utf8-cut", stream: true, max_tokens: 100, messages });
    findings.saw(`${path}: ${reply.status} ${reply.content}`);
    findings.expect(reply.status === 200 && reply.isWhole, `${path} gets ${reply.status}: ${short(reply.text)}`);
    findings.equal("the text", reply.content, manyBytesText);
  }
  return findings;
}

async function expectContinue(world: World): Promise<Findings> {
  const findings = new Findings();
  const body = JSON.stringify({ model: "healthy", messages: [{ role: "user", content: "hi" }] });
  const { continueMs, status } = await sendExpecting(
    world.sahab.address,
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${world.key}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
    body,
  );
  findings.saw(`100 after ${Math.round(continueMs)} ms, then ${status}`);
  findings.expect(continueMs < 5_000, `100 Continue came after ${continueMs} ms`);
  findings.equal("the status", status, 200);
  return findings;
}
