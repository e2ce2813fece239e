import { describeKey, keyPrefix } from "../base/describe-key.ts";
import { SahabError } from "../base/errors.ts";

/** The form that every SDK sends, 65 ns instead of half a microsecond: `readKey` finds the same key in it. */
const usual = /^Bearer [\w.-]{8,500}$/;

interface Headers {
  get(name: string): string | null;
}

/** The headers that may hold a key, in the order in which they count: the first with a key in it is the one that is read. */
const keyHeaders = ["authorization", "x-api-key", "x-goog-api-key", "api-key"] as const;

/**
 * The key, sent the way any of the dialects sends it. What programs put around it by mistake (a second `Bearer`, quotes,
 * white space, no `Bearer`) is passed over. Undefined where there is none.
 */
export function presentedKey(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null && usual.test(authorization)) return authorization.slice(7);
  for (const name of keyHeaders) {
    const value = name === "authorization" ? authorization : headers.get(name);
    const key = value === null ? undefined : readKey(value);
    if (key !== undefined) return key;
  }
  return undefined;
}

interface KeyFaultOptions {
  /** Whose key it should be; by default a client's that calls models. */
  kind?: "client" | "admin";
  /** The parameter of the query that may hold a key, and what it held. */
  parameter?: { name: string; key: string | undefined } | undefined;
}

/**
 * Says of a key that was missing or wrong where it was found, in which form and what it looks like, never what it is; and where a good
 * one comes from.
 */
export function explainKeyFault(error: SahabError, headers: Headers, options: KeyFaultOptions = {}): SahabError {
  if (error.code !== "missing_api_key" && error.code !== "invalid_api_key") return error;
  const advice = options.kind === "admin" ? adminAdvice : clientAdvice;
  const found = keyHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [{ name, value, key: readKey(value) }];
  });
  const read = found.find(({ key }) => key !== undefined);
  if (read?.key !== undefined) {
    const form = read.value.replaceAll(read.key, "KEY");
    const isShown = form.length <= formCharsMax && read.key.length >= shownKeyCharsMin;
    const others = found.filter(({ key }) => key !== undefined && key !== read.key).map(({ name }) => name);
    const more = others.length === 0 ? "" : `; the other key in ${others.join(", ")} was not looked at`;
    const place = `found in the header ${read.name}${isShown ? `: ${form}` : ""}${more}`;
    return error.with({ message: `${error.message}${looks(read.key)}; ${advice} (${place})` });
  }
  const { parameter } = options;
  if (parameter?.key !== undefined)
    return error.with({
      message: `${error.message}${looks(parameter.key)}; ${advice} (found in the parameter ${parameter.name})`,
    });
  const [first] = found;
  if (!first) return error.with({ message: `${error.message}; ${advice}` });
  return new SahabError(
    "invalid_api_key",
    `No API key can be read: the header ${first.name} has ${describeForm(first.value)}; ${allowedForms}; ${advice}`,
  );
}

/** How a good key looks and who makes one. Whoever lacks the admin key is not sent to a command that needs it. */
const clientAdvice = `a key of this Sahab begins with ${keyPrefix}, and whoever runs it makes one (sahab key create NAME)`;
const adminAdvice =
  "the admin API takes the key in the file admin.key of the server's data folder, or the one in SAHAB_ADMIN_KEY where the server has that, or one of role admin";

function looks(key: string): string {
  const description = describeKey(key);
  return description === undefined ? "" : `: it ${description}`;
}

const allowedForms = `allowed are, in this order, Authorization: Bearer KEY, ${keyHeaders.slice(1).join(": KEY, ")}: KEY`;
const formCharsMax = 60;
/** The letters of a shorter one may be in what is around it. */
const shownKeyCharsMin = 8;
/** Of a header that is looked at for what is around its key. */
const headerCharsMax = 1_000;

/** White space, what is as good as invisible, and quotes as programs and texts write them; a header's bytes are read as latin1. */
const wrapping = /[\s"'`]|\u00c2\u00a0|\u00ef\u00bb\u00bf|\u00e2\u0080[\u008b-\u008f\u0098-\u009d]/.source;
const around = new RegExp(`^(?:${wrapping})+|(?:${wrapping})+$`, "g");
const scheme = /^bearer(?=$|[\s:"'`])\s*:?/i;

/** Undefined where the value holds none, or several. */
function readKey(value: string): string | undefined {
  if (value.length > headerCharsMax) return undefined;
  const [first, ...others] = value.split(",").map(withoutWrapping);
  if (first === undefined || first === "" || /\s/.test(first)) return undefined;
  return others.every((other) => other === first) ? first : undefined;
}

function withoutWrapping(text: string): string {
  const inner = text.replace(around, "").replace(scheme, "");
  return inner === text ? text : withoutWrapping(inner);
}

function describeForm(value: string): string {
  if (value.length > headerCharsMax) return `${value.length} characters`;
  const inner = withoutWrapping(value);
  if (inner === "") return "no key in it (is the variable empty that it comes from?)";
  if (value.includes(",")) return "several values";
  const [word = ""] = inner.split(/\s/);
  return knownSchemes.has(word.toLowerCase()) ? `the scheme ${word}` : "white space within it";
}

/** Only these are named, since a word before a space might be a key. */
const knownSchemes = new Set(["basic", "digest", "negotiate", "token", "apikey", "api-key", "key", "aws4-hmac-sha256"]);
