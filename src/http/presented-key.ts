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

/** Says of a key that was missing or wrong in which header it was found, and in which form, never what it is. */
export function explainKeyFault(error: SahabError, headers: Headers): SahabError {
  if (error.code !== "missing_api_key" && error.code !== "invalid_api_key") return error;
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
    return error.with({
      message: `${error.message} (found in the header ${read.name}${isShown ? `, as: ${form}` : ""}${more})`,
    });
  }
  const [first] = found;
  if (!first) return error;
  return new SahabError(
    "invalid_api_key",
    `No API key can be read: the header ${first.name} has ${describeForm(first.value)}; ${allowedForms}`,
  );
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
  if (inner === "") return "no key in it";
  if (value.includes(",")) return "several values";
  const [word = ""] = inner.split(/\s/);
  return knownSchemes.has(word.toLowerCase()) ? `the scheme ${word}` : "several words";
}

/** Only these are named, since a word before a space might be a key. */
const knownSchemes = new Set(["basic", "digest", "negotiate", "token", "apikey", "api-key", "key", "aws4-hmac-sha256"]);
