import { remembered } from "./remembered.ts";

/**
 * Whether a text holds what looks like a key or another credential, whoever gave it out. Looks at its first `textCharsMax` characters:
 * the forms take time with the square of the length.
 */
export const holdsKey = remembered((text) => text.length >= keyCharsMin && keyForms.test(text.slice(0, textCharsMax)));

/** The shortest of what the forms below match. */
const keyCharsMin = 8;
const textCharsMax = 1024;

/**
 * The forms of keys, one a line. Unverified: those of vendors are as gitleaks' public rules have them (November 2026), yet with a lower
 * bound for their length: a name that is left out costs less than a key that is kept.
 */
const keyForms = new RegExp(
  [
    // Sahab's, OpenAI's, Anthropic's, OpenRouter's, DeepSeek's, Alibaba's, Moonshot's and others'.
    /(?<![a-z0-9])sk[-_][\w-]{16,}/i,
    // Google: keys, and access tokens.
    /AIza[\w-]{16,}|(?<![a-z0-9])ya29\.[\w.-]{16,}/i,
    // xAI, Groq, Hugging Face, Fireworks, Perplexity, NVIDIA, Replicate, Cerebras.
    /(?<![a-z0-9])(?:xai-|gsk_|hf_|fw_|pplx-|nvapi-|r8_|csk-)[\w-]{16,}/i,
    // Amazon: access keys, and Bedrock's API keys.
    /(?<![a-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}|bedrock-api-key-\w{16,}|(?<![a-z0-9])ABSK[\w+/]{16,}/i,
    // GitHub, GitLab, Slack.
    /(?<![a-z0-9])(?:gh[opusr]_|github_pat_|glpat-|xox[abeprs]-)[\w-]{16,}/i,
    // A signed token (JWT).
    /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/i,
    // What a head would authorise with, and a name and password in an address.
    /(?<![a-z0-9])(?:bearer|basic)\s+[\w.~+/=-]{8,}/i,
    /:\/\/[^\s/?#@]*:[^\s/@]*@/,
    /-----BEGIN [A-Z ]*PRIVATE KEY/i,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);

/** The same, with an end: without one, texts that only begin like keys would take time with the square of their length. */
const boundedForms = new RegExp(
  keyForms.source.replaceAll(/\{(8|16),\}/g, "{$1,512}").replaceAll(/\]\*(?=[:@])/g, "]{0,256}"),
  "gi",
);
const privateKeys = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,16384}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g;
const restOfKey = /[\w.~+/=-]*/y;

/** A text in which everything that looks like a key is replaced by `[key]`. */
export function maskKeys(text: string): string {
  if (text.length < keyCharsMin) return text;
  const shown = text.includes("PRIVATE KEY") ? text.replaceAll(privateKeys, "[key]") : text;
  let masked = "";
  let end = 0;
  boundedForms.lastIndex = 0;
  for (let found = boundedForms.exec(shown); found; found = boundedForms.exec(shown)) {
    masked += `${shown.slice(end, found.index)}[key]`;
    restOfKey.lastIndex = boundedForms.lastIndex;
    restOfKey.test(shown);
    boundedForms.lastIndex = end = Math.max(restOfKey.lastIndex, found.index + found[0].length);
  }
  return end === 0 ? shown : masked + shown.slice(end);
}
