import { SahabError } from "../base/errors.ts";
import type { ProxyAddress } from "../base/proxy-address.ts";
import type { AnswerGuard } from "../dialect/dialect.ts";
import { asBuffer } from "../dialect/json-scan.ts";
import { RunFinder } from "./run-finder.ts";

interface SecretOptions {
  api_key?: string | null | undefined;
  headers?: Record<string, string> | null | undefined;
  /** Those whose values come from where secrets are kept, so that they are some, whatever their names. */
  secretHeaders?: readonly string[] | undefined;
}

/** A header's value may be a plain word such as "1"; what is shorter than a password is no secret. */
const secretCharsMin = 8;
/** Shorter secrets are placeholders such as `lm-studio`, which answers may say. They are masked in errors only. */
const guardedCharsMin = 16;
/** So many characters of a secret in a row give it away. Vendors quote 8 at the start and 4 at the end themselves. */
const runChars = 12;
/** Of runs that are looked for, so that any 15 characters in a row hold one of them. */
const strideChars = 4;
/** Most runs looked for of one secret; those of a longer one, such as a token of 2 KB, are further apart. */
const runsMax = 32;
/** Two sets of a secret key and a session token. */
const learntMax = 4;

/** What authorises a provider's calls. No error, log or answer may repeat it, whatever a vendor quotes. */
export class Secrets {
  readonly #own: { all: readonly string[]; guarded: readonly string[] };
  /** Those that come and end while the server runs, the newest first, and the list that they were learnt from. */
  #learnt: readonly string[] = [];
  #learntFrom: readonly string[] | undefined;
  /** Every form in which a text may quote one, the longest first. */
  #forms: readonly string[] = [];
  /** Parts of the forms of real secrets. */
  #runs: readonly Run[] = [];
  #guard: AnswerGuard | undefined;

  constructor(options: SecretOptions, proxy: ProxyAddress | undefined) {
    const ofProxy = proxy?.secrets ?? [];
    this.#own = { all: [...findSecrets(options), ...ofProxy], guarded: [...findGuarded(options), ...ofProxy] };
    this.#prepare();
  }

  /** Keys that are no placeholders, as they were given. */
  get keys(): readonly string[] {
    return [...this.#own.guarded, ...this.#learnt].filter(isGuarded);
  }

  /** Looks for secrets in answers; undefined where there is none to look for. */
  get guard(): AnswerGuard | undefined {
    return this.#guard;
  }

  /** Such as tokens that end: these are looked for, too, and the last before them, which answers under way may still quote. */
  learn(secrets: readonly string[]): void {
    if (secrets === this.#learntFrom) return;
    this.#learntFrom = secrets;
    const isKnown = secrets.every((secret) => this.#learnt.includes(secret));
    this.#learnt = [...new Set([...secrets, ...this.#learnt])].slice(0, learntMax);
    if (!isKnown) this.#prepare();
  }

  #prepare(): void {
    const all = [...this.#own.all, ...this.#learnt].filter(({ length }) => length >= secretCharsMin);
    this.#forms = [...new Set(all.flatMap(formsOf))].sort((a, b) => b.length - a.length);
    const guarded = new Set([...this.#own.guarded, ...this.#learnt].filter(isGuarded));
    this.#runs = [...guarded].flatMap(formsOf).flatMap(runsOf);
    this.#guard = this.#runs.length === 0 ? undefined : createGuard(this.#runs.map(({ text }) => text));
  }

  /** The text with what it repeats of a secret left out, parts of one that are cut off at either side included. */
  mask(text: string): string {
    let masked = text;
    for (const form of this.#forms) masked = masked.replaceAll(form, "…");
    for (const run of this.#runs) masked = maskRun(masked, run);
    return masked;
  }
}

/** A part of a secret's form, beginning at `at` of it. */
interface Run {
  text: string;
  form: string;
  at: number;
}

function maskRun(text: string, { text: part, form, at }: Run): string {
  let masked = text;
  for (let found = masked.indexOf(part); found !== -1; found = masked.indexOf(part, found)) {
    let [start, before] = [found, at];
    while (start > 0 && before > 0 && masked[start - 1] === form[before - 1]) [start, before] = [start - 1, before - 1];
    let [end, after] = [found + part.length, at + part.length];
    while (end < masked.length && after < form.length && masked[end] === form[after])
      [end, after] = [end + 1, after + 1];
    masked = `${masked.slice(0, start)}…${masked.slice(end)}`;
    found = start;
  }
  return masked;
}

/** Headers that say who calls and how, and authorise nothing. */
const publicHeaders = new Set([
  "accept",
  "anthropic-beta",
  "anthropic-version",
  "content-type",
  "http-referer",
  "openai-beta",
  "referer",
  "user-agent",
  "x-title",
]);

/** Whole values, and the parts of those that have several, such as what follows `Bearer`. */
function findSecrets({ api_key, headers, secretHeaders = [] }: SecretOptions): string[] {
  const values = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    publicHeaders.has(name.toLowerCase()) && !secretHeaders.includes(name) ? [] : [value, ...partsOf(value)],
  );
  return [...(api_key ? [api_key] : []), ...values];
}

/** Of these even an answer of status 200 may hold none: the others may be plain words that a model says. */
function findGuarded({ api_key, headers, secretHeaders = [] }: SecretOptions): string[] {
  const values = Object.entries(headers ?? {})
    .filter(
      ([name, value]) =>
        secretHeaders.includes(name) || (!publicHeaders.has(name.toLowerCase()) && isCredential(name, value)),
    )
    .flatMap(([, value]) => partsOf(value));
  return [...(api_key ? [api_key] : []), ...values];
}

function isCredential(name: string, value: string): boolean {
  if (/auth|key|token|secret|passw|credential|cookie|session|signature/i.test(name)) return true;
  return /^(?:Bearer|Basic|Token)\s/i.test(value) || /(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}/.test(value);
}

/** The words of a header's value; of one for basic authentication also what it encodes, and the password in that. */
function partsOf(value: string): string[] {
  const parts = value.split(/[\s;,"']+/).flatMap((part) => [part, part.replace(/^[\w.-]{1,40}=(?!=*$)/, "")]);
  const encoded = /^Basic\s+(\S+)/i.exec(value)?.[1];
  const decoded = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  return [...new Set([...parts, decoded, decoded.slice(decoded.indexOf(":") + 1)])].filter(
    (part) => part.length >= secretCharsMin,
  );
}

function isGuarded(secret: string): boolean {
  return secret.length >= 20 || (secret.length >= guardedCharsMin && /\d/.test(secret) && /[A-Za-z]/.test(secret));
}

/** As it is, as JSON writes it, with and without PHP's escape of slashes, and as addresses do. */
function formsOf(secret: string): string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  const inAddress = encodeURIComponent(secret.toWellFormed());
  const small = inAddress.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  return [...new Set([secret, quoted, quoted.replaceAll("/", "\\/"), inAddress, small])];
}

function runsOf(form: string): Run[] {
  const from = distinctFrom(form);
  const last = form.length - runChars;
  const stride = Math.max(strideChars, Math.ceil((last - from) / runsMax));
  const runs: Run[] = [];
  for (let at = from; at < last; at += stride) runs.push({ text: form.slice(at, at + runChars), form, at });
  runs.push({ text: form.slice(last), form, at: last });
  return runs;
}

/**
 * Where a secret is its own: keys begin alike, such as `sk-ant-api03-`, and texts about keys say so. So do session tokens of AWS
 * (`IQoJb3JpZ2luX2Vj`, the base64 of what they all say first) and access tokens of Google.
 */
function distinctFrom(form: string): number {
  const start =
    /^(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdz|ya29\.[\w.-]{10}|[A-Za-z0-9]{1,8}[-_](?:[A-Za-z0-9]{1,8}[-_]){0,2})/.exec(
      form,
    )?.[0].length ?? 0;
  return form.length - start >= runChars ? start : 0;
}

function createGuard(runs: readonly string[]): AnswerGuard {
  const parts = [...new Set(runs)].map((run) => Buffer.from(run));
  const finder = new RunFinder([...new Set(runs)]);
  const holdsPlain = (bytes: Buffer) => parts.some((part) => bytes.includes(part));
  return {
    holds(bytes) {
      const buffer = asBuffer(bytes);
      if (holdsPlain(buffer)) return true;
      return buffer.includes(escapeStart) && holdsPlain(Buffer.from(unescape(buffer.toString("latin1")), "latin1"));
    },
    follow: () => finder.follow(),
    failure: () =>
      new SahabError("upstream_invalid_response", "its answer repeats credentials of the provider, and was ended"),
  };
}

const escapeStart = Buffer.from("\\u00");

/** With the letters that JSON writes as escapes. */
function unescape(text: string): string {
  return text.replace(/\\u00([2-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
