import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { list, object, words, type Json, type Reply } from "./reply.ts";
import type { Trial } from "./trial.ts";
import { ask, type World } from "./world.ts";

export type AlsoArguments = [reply: Reply, findings: Findings, world: World, fieldCase: FieldCase];

interface AnsweredOptions {
  path?: string;
  /** The whole must take at most so long; by default longer than it can take beside other work. */
  msMax?: number;
  /** Instead of an answer this is right, too: a refusal with this status whose words or `param` name the place. */
  orNamed?: RegExp;
  also?: (...found: AlsoArguments) => void | Promise<void>;
}

/** The case's request as a client sends it. */
export function send(
  world: World,
  fieldCase: FieldCase,
  path = "/v1/chat/completions",
  timeoutMs = 60_000,
): Promise<Reply> {
  return ask(world, path, fieldCase.bytes("request.json"), { timeoutMs });
}

/** The request is answered with 200 and a whole answer. */
export function answered(options: AnsweredOptions = {}): Trial {
  const { path, msMax = 250_000, orNamed, also } = options;
  return async (world, fieldCase) => {
    const findings = new Findings();
    await needModel(world, fieldCase);
    const reply = await send(world, fieldCase, path, msMax + 10_000);
    findings.saw(describeReply(reply));
    findings.expect(reply.durationMs <= msMax, `it took ${Math.round(reply.durationMs)} ms`);
    if (orNamed && reply.status === 400) {
      checkNamed(reply, orNamed, findings);
      return findings;
    }
    findings.expect(reply.status === 200 && reply.isWhole, `it is not answered: ${reply.status} ${short(reply.text)}`);
    if (reply.status === 200) await also?.(reply, findings, world, fieldCase);
    return findings;
  };
}

/** The request is refused, and the refusal names the place. */
export function refusedRequest(options: { named: RegExp; status?: number; path?: string; msMax?: number }): Trial {
  const { named, status = 400, path, msMax = 50_000 } = options;
  return async (world, fieldCase) => {
    const findings = new Findings();
    await needModel(world, fieldCase);
    const reply = await send(world, fieldCase, path);
    findings.saw(describeReply(reply));
    findings.expect(reply.durationMs <= msMax, `it took ${Math.round(reply.durationMs)} ms`);
    findings.equal("the status", reply.status, status);
    checkNamed(reply, named, findings);
    return findings;
  };
}

export function checkNamed({ error }: Reply, named: RegExp, findings: Findings): void {
  findings.expect(
    named.test(`${error?.param}: ${error?.message}`),
    `the error does not name ${named}: ${error?.param}: ${short(error?.message)}`,
  );
}

export function describeReply(reply: Reply): string {
  const said = reply.error ? `${reply.error.code}: ${reply.error.message}` : reply.content || reply.text;
  const slow = reply.durationMs > 2_000 ? ` (${Math.round(reply.durationMs)} ms)` : "";
  return `${reply.status} ${short(said, 70)}${slow}`;
}

/** Waits until the local model that the case asks for has been pulled. */
async function needModel(world: World, fieldCase: FieldCase): Promise<void> {
  if (modelOf(fieldCase).startsWith("t-")) await world.pulled();
}

export const modelOf = (fieldCase: FieldCase): string =>
  words(object(JSON.parse(fieldCase.text("request.json")))["model"]);

/** The vendor got the client's body, byte for byte. */
export const passedUnchanged: Trial = async (world, fieldCase) => {
  const findings = new Findings();
  const reply = await send(world, fieldCase);
  findings.saw(describeReply(reply));
  findings.equal("the status", reply.status, 200);
  const sent = fieldCase.text("request.json").trim();
  findings.expect(
    world.healthy.calls.some((call) => call.text.trim() === sent),
    "the vendor did not get the client's own bytes",
  );
  return findings;
};

/** The request is answered, and reaches the vendor as it came but for these fields. */
export function passedWithout(...fields: string[]): Trial {
  return async (world, fieldCase) => {
    const findings = new Findings();
    const reply = await send(world, fieldCase);
    findings.saw(describeReply(reply));
    findings.equal("the status", reply.status, 200);
    const sent = JSON.parse(fieldCase.text("request.json")) as Json;
    for (const field of fields) delete sent[field];
    findings.expect(
      world.healthy.calls.some(({ body }) => Bun.deepEquals(body, sent)),
      `the vendor did not get the request without ${fields.join(", ")}`,
    );
    return findings;
  };
}

/** Whatever the answer is, the usage record is there. */
export function recorded(statuses: readonly number[]): Trial {
  return async (world, fieldCase) => {
    const findings = new Findings();
    const reply = await send(world, fieldCase);
    findings.saw(describeReply(reply));
    findings.expect(statuses.includes(reply.status), `the status is ${reply.status}: ${short(reply.text)}`);
    const record = await world.records.find(reply.id);
    findings.expect(record !== undefined, "there is no usage record");
    if (record) findings.equal("the record's status", record.status, reply.status);
    return findings;
  };
}

/** The request is answered in so many vectors, each a list of numbers, or text in base64. */
export function vectors(count: number, form: "base64" | "float" = "float"): NonNullable<AnsweredOptions["also"]> {
  return (reply, findings) => {
    const found = list(reply.payloads[0]?.["data"]).map(({ embedding }) => embedding);
    findings.equal("vectors", found.length, count);
    const isRight = (vector: unknown) =>
      form === "base64"
        ? typeof vector === "string" && Buffer.from(vector, "base64").length % 4 === 0 && vector.length > 0
        : Array.isArray(vector) && vector.length > 0 && vector.every((value) => typeof value === "number");
    findings.expect(found.every(isRight), `a vector is no ${form}: ${short(JSON.stringify(found[0]))}`);
  };
}
