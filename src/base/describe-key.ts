/**
 * Says what a key that is not good looks like, as the end of "it …"; undefined where nothing can be told. Never repeats the key, or a
 * part of it that is not the same in all keys of its kind.
 */
export function describeKey(key: string): string | undefined {
  return forms.find(({ form }) => form.test(key))?.says ?? describeOwn(key);
}

/** How every key begins that Sahab makes. A person may also choose the admin key. */
export const keyPrefix = "sk-sahab-";
/** How the admin key begins that Sahab makes. */
export const adminKeyPrefix = "sk-sahab-admin-";
/** Random characters behind those. */
export const keyRandomChars = 32;
export const adminKeyRandomChars = 40;

interface Form {
  form: RegExp;
  says: string;
}

const vendorForms: [RegExp, string][] = [
  [/^sk-ant-/i, "Anthropic"],
  [/^sk-or-/i, "OpenRouter"],
  [/^sk-(?:proj|svcacct|admin|None)-|^sk-\w{20}T3BlbkFJ|^sk-[A-Za-z0-9]{48}$/, "OpenAI"],
  [/^AIza[\w-]{20,}/, "Google"],
  [/^ya29\./, "Google (an access token)"],
  [/^xai-/i, "xAI"],
  [/^gsk_/i, "Groq"],
  [/^hf_/i, "Hugging Face"],
  [/^fw_/i, "Fireworks"],
  [/^pplx-/i, "Perplexity"],
  [/^nvapi-/i, "NVIDIA"],
  [/^r8_/i, "Replicate"],
  [/^csk-/i, "Cerebras"],
  [/^(?:AKIA|ASIA)[A-Z0-9]{12,}|^bedrock-api-key-|^ABSK/, "Amazon"],
  [/^(?:gh[opusr]_|github_pat_)/, "GitHub"],
  [/^sk-[0-9a-f]{32}$/i, "DeepSeek, Alibaba Cloud or another vendor"],
];

const forms: Form[] = [
  {
    form: /\.\.\.|\u2026|\u00e2\u0080\u00a6|\*{2,}|\u2022|\u00e2\u0080\u00a2|x{6,}/i,
    says: "is masked, as lists show keys: the whole key is shown only once, when it is made",
  },
  {
    form: /^(?:\$\{?\w+\}?|\{\{.*\}\}|%\w+%|<.*>|\[.*\])$/,
    says: "is the name of a variable that nothing has filled in",
  },
  {
    form: /^(?:none|null|undefined|nil|true|false|empty|dummy|test|key|api[-_]?key|sk-?|sk-(?:1234|test|fake|dummy)|no-?key|not-needed|(?:your|my)[-_\w]*|changeme|placeholder|ollama|lm-studio|sk-no-key-required|token|secret|password|anything|string)$/i,
    says: "is a placeholder, not a key",
  },
  { form: /^(?:~|\.{0,2})\/|\.key$|\.txt$|\.env$|^[A-Z]:\\/i, says: "is the path of a file, not the key in it" },
  { form: /^key_[0-9a-z]{26}$/, says: "is the id of a key, which lists show, not the key itself" },
  ...vendorForms.map(([form, vendor]) => ({
    form,
    says: `looks like a key of ${vendor}; those belong into the configuration of Sahab, and clients send a key of Sahab's own`,
  })),
  { form: /^eyJ[\w-]+\.eyJ/, says: "looks like a signed token (JWT), and Sahab takes keys of its own only" },
];

function describeOwn(key: string): string | undefined {
  if (!key.startsWith(keyPrefix)) return /^sk-/i.test(key) ? `begins with sk-, but not with ${keyPrefix}` : undefined;
  const isAdmin = key.startsWith(adminKeyPrefix);
  const chars = key.length - (isAdmin ? adminKeyPrefix : keyPrefix).length;
  const wantedChars = isAdmin ? adminKeyRandomChars : keyRandomChars;
  const kind = isAdmin ? "an admin key" : "a key of a Sahab";
  if (chars === wantedChars)
    return `has the form of ${kind}, but not of this one: it may be from another Sahab or another data folder, or was replaced`;
  return `begins as ${kind}, but has ${chars} characters behind that, not ${wantedChars}: ${chars < wantedChars ? "part of it may be missing" : "something may have been added to it"}`;
}
