import { readCloudYaml, resolveVariables } from "../../config/index.ts";
import { askModel } from "./ask-model.ts";
import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { sendRaw } from "./raw-http.ts";
import { list, object, type Json, type Reply } from "./reply.ts";
import { forEach, type Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** What `apply` must make of a cloud.yaml. One after the other, on a program of their own. */
export const configTrials: Trials = {
  "12-cors-preflight": preflight,
  ...forEach(["13-base-double", "13-base-full", "13-base-slash", "13-base-space"], refusedOrMended),
  "13-base-html-root": bareRoot,
  ...forEach(
    ["empty", "inf", "minus-zero", "minus1", "minus1-number", "nan", "null", "word"].map((name) => `35-price-${name}`),
    priceRefused,
  ),
  ...forEach(["37-price-comma", "37-price-unit"], priceRefused),
  ...forEach(
    ["binary", "exp-string", "float-noise", "per-token", "ten-places", "tiny-ok", "trailing", "usual-per-token"].map(
      (name) => `37-price-${name}`,
    ),
    exactOrRefused,
  ),
  "38-header-newline": headerRefused,
  ...forEach(
    ["bearer", "bom", "crlf", "env-newline", "newline", "space"].map((name) => `38-key-${name}`),
    trimmedOrRefused,
  ),
};

interface Outcome {
  isApplied: boolean;
  /** The refusal, or the warnings. */
  text: string;
  warnings: string[];
}

const caseAddress = "127.0.0.1:18920";
const secret = /sk-x-\S*secret-\d/;

/** Applies the case's cloud.yaml as the command line does; the vendor's address becomes that of a running one. */
async function applyCase(world: World, fieldCase: FieldCase): Promise<Outcome> {
  const text = fieldCase.text("cloud.yaml").replaceAll(caseAddress, `127.0.0.1:${world.healthy.port}`);
  // The value that the environment of the case has: one with the newline of a file.
  return applyDocument(world, resolveVariables(readCloudYaml(text), { K2: "sk-x-secret-3\n" }));
}

async function applyDocument({ applier }: World, json: unknown): Promise<Outcome> {
  const response = await applier.admin("/apply?prune=1", { json });
  const text = await response.text();
  if (!response.ok) return { isApplied: false, text, warnings: [] };
  return { isApplied: true, text, warnings: (object(JSON.parse(text))["warnings"] ?? []) as string[] };
}

/** A request to the model that the case's configuration has. */
const askCase = ({ applier, applierKey }: World): Promise<Reply> => askModel(applier, "m1", { key: applierKey });

function checkRefusal({ text }: Outcome, place: string, findings: Findings): void {
  findings.expect(text.includes(place), `the refusal does not name ${place}: ${short(text)}`);
  findings.expect(!secret.test(text), "the refusal repeats the secret");
}

async function refusedOrMended(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const outcome = await applyCase(world, fieldCase);
  if (!outcome.isApplied) {
    findings.saw(`refused: ${short(outcome.text)}`);
    checkRefusal(outcome, "providers[0].base_url", findings);
    return findings;
  }
  const before = world.healthy.calls.length;
  const reply = await askCase(world);
  const path = world.healthy.calls.slice(before).find((call) => call.body["model"] === "m")?.path;
  findings.saw(`applied, the vendor is asked for ${path}: ${reply.status}`);
  findings.expect(reply.status === 200, `it is accepted, and a request gets ${reply.status}: ${short(reply.text)}`);
  findings.equal("the vendor's path", path, "/healthy/v1/chat/completions");
  return findings;
}

/** A server's root may be right, so that it can only be warned of; a web page behind it says what is wrong. */
async function bareRoot(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const { isApplied, text, warnings } = await applyCase(world, fieldCase);
  if (!isApplied || warnings.some((warning) => warning.includes("/v1"))) {
    findings.saw(isApplied ? `warned: ${short(warnings.join(" "))}` : `refused: ${short(text)}`);
    findings.expect(text.includes("base_url"), `base_url is not named: ${short(text)}`);
    return findings;
  }
  const reply = await askCase(world);
  findings.saw(`applied without a word: ${reply.status} ${short(reply.text)}`);
  findings.expect(
    reply.status === 200 || (/web page|html/i.test(reply.text) && reply.text.includes("/v1")),
    `apply says nothing, and a request gets ${reply.status}: ${short(reply.text)}`,
  );
  return findings;
}

async function priceRefused(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const outcome = await applyCase(world, fieldCase);
  findings.saw(`${outcome.isApplied ? "applied" : "refused"}: ${short(outcome.text)}`);
  findings.expect(!outcome.isApplied, "it is accepted");
  if (!outcome.isApplied) checkRefusal(outcome, "models[0].price.input", findings);
  return findings;
}

async function exactOrRefused(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const outcome = await applyCase(world, fieldCase);
  findings.saw(`${outcome.isApplied ? "applied" : "refused"}: ${short(outcome.text)}`);
  if (!outcome.isApplied) {
    checkRefusal(outcome, "models[0].price", findings);
    return findings;
  }
  const written = /price: \{ currency: USD, input: "?([^",]+)"?, output: "?([^" ]+)"? \}/.exec(
    fieldCase.text("cloud.yaml"),
  );
  const config = await world.applier.adminJson<Json>("/config");
  const kept = object(list(config["models"])[0]?.["price"]);
  for (const [name, text] of [
    ["input", written?.[1] ?? ""],
    ["output", written?.[2] ?? ""],
  ] as const) {
    findings.equal(`the price of ${name}`, plainDecimal(String(kept[name])), plainDecimal(text));
    // One that looks like a price per token.
    if (Number(text) > 0 && Number(text) < 0.001)
      findings.expect(
        outcome.warnings.some((warning) => warning.includes("price") && /token/i.test(warning)),
        `${name}: ${text} per million is not warned of: ${short(outcome.text)}`,
      );
  }
  return findings;
}

/** A decimal without exponent and without zeros that say nothing, so that equal numbers are equal texts. */
function plainDecimal(text: string): string {
  const [, digits = "", fraction = "", exponent = "0"] = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const point = digits.length + Number(exponent);
  const all = (digits + fraction).padEnd(point, "0");
  const padded = point <= 0 ? "0".repeat(1 - point) + all : all;
  const at = Math.max(point, 1);
  return `${padded.slice(0, at)}.${padded.slice(at)}`.replace(/^0+(?=\d)/, "").replace(/\.?0+$/, "");
}

async function headerRefused(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const outcome = await applyCase(world, fieldCase);
  findings.saw(`${outcome.isApplied ? "applied" : "refused"}: ${short(outcome.text)}`);
  findings.expect(!outcome.isApplied, "it is accepted");
  checkRefusal(outcome, "providers[0].headers", findings);
  return findings;
}

async function trimmedOrRefused(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const outcome = await applyCase(world, fieldCase);
  findings.saw(`${outcome.isApplied ? "applied" : "refused"}: ${short(outcome.text)}`);
  if (!outcome.isApplied) {
    checkRefusal(outcome, "providers[0].api_key", findings);
    return findings;
  }
  const before = world.healthy.calls.length;
  const reply = await askCase(world);
  findings.equal("the status of a request", reply.status, 200);
  const call = world.healthy.calls.slice(before).find(({ body }) => body["model"] === "m");
  findings.equal("the key that the vendor gets", call?.headers.get("authorization"), "Bearer sk-x-secret-3");
  return findings;
}

/** The browser asks first, without a key, whether the page may send what the SDK sends. */
async function preflight(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const request = fieldCase.text("request.http");
  const origin = /^Origin: (.*)\r$/m.exec(request)?.[1] ?? "";
  const wanted = /^Access-Control-Request-Headers: (.*)\r$/m.exec(request)?.[1]?.split(",") ?? [];
  const outcome = await applyDocument(world, {
    providers: [],
    models: [],
    projects: [{ name: "default" }],
    cors: { origins: [origin] },
  });
  findings.expect(outcome.isApplied, `an origin cannot be allowed: ${short(outcome.text)}`);
  const reply = await sendRaw(world.applier.address, request);
  const header = (name: string) => (reply.headers.get(`access-control-allow-${name}`) ?? "").toLowerCase();
  findings.saw(`${reply.status}, allows ${header("origin")}: ${short(header("headers"))}`);
  findings.equal("the status", reply.status, 204);
  findings.equal("the allowed origin", header("origin"), origin.toLowerCase());
  findings.expect(header("methods").includes("post"), `POST is not allowed: ${header("methods")}`);
  const allowed = header("headers").split(/\s*,\s*/);
  for (const name of wanted) findings.expect(allowed.includes(name), `the header ${name} is not allowed`);
  return findings;
}
