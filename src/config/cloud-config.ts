import { z } from "zod";
import { askSimilar } from "../base/find-similar.ts";
import { ownValue } from "../base/own-value.ts";
import { showFieldName, showText } from "../base/printable.ts";
import { parseProxyAddress } from "../base/proxy-address.ts";
import { dialects } from "../dialect/registry.ts";
import {
  baseAddressOf,
  cacheTagNames,
  mayBeOfEnvironment,
  vendorMeant,
  vendorNames,
  vendors,
} from "../vendor/index.ts";
import { decimal } from "./decimal.ts";
import { findCertificateFault } from "./find-certificate-fault.ts";
import { findOriginFault } from "./find-origin-fault.ts";
import { chargeSchema, currencySchema as currency, priceFields, pricesSchema } from "./price-schema.ts";
import { findAddressFault, mendAddress } from "./provider-address.ts";
import { findHeaderFault, findKeyFault, keysMax, mendKey } from "./provider-secret.ts";
import { findReferenceFault, parseSecretReference } from "./secret/reference.ts";

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
    "letters, digits and . _ : / - are allowed, at most 128 characters, a letter or digit first",
  );

const timeoutMs = z.number().int().min(1).max(3_600_000);
const limit = z.number().int().min(1).max(1_000_000_000);

/** A name that clients may ask for. One that ends in `*` matches every name with that beginning. */
const namePattern = z
  .string()
  .regex(
    /^(?:\*|[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}\*?)$/,
    "letters, digits and . _ : / @ - are allowed, at most 128 characters, a letter or digit first, and a * at the end",
  );

const apiSchema = z.enum(dialects.map((dialect) => dialect.api));

/** A check that says itself what is wrong, after what can be mended without doubt was mended. */
function checked(find: (text: string) => string | undefined, mend = (text: string) => text) {
  return z
    .string()
    .transform(mend)
    .superRefine((text, context) => {
      const fault = find(text);
      if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
    });
}

const tlsSchema = z.strictObject({
  /** Certificates in PEM that are trusted beside the known authorities. */
  ca: checked(findCertificateFault).optional(),
  /** Any certificate is accepted: whoever is on the way can read and change everything. */
  insecure: z.boolean().optional(),
});

const apiKey = checked(
  (text) => (parseSecretReference(text) ? findHeaderFault(text) : (findReferenceFault(text) ?? findKeyFault(text))),
  mendKey,
);

/** What becomes of a call when its client leaves: it is cancelled, or read on to the vendor's own count. */
const onDisconnectSchema = z.strictObject({
  mode: z.enum(["cancel", "drain"]),
  /** How long it is read on at most; 30,000 by default. */
  limit_ms: z.number().int().min(1).max(600_000).optional(),
});

const providerSchema = z.strictObject({
  name,
  vendor: z.enum(vendorNames),
  base_url: checked(findAddressFault, mendAddress).optional(),
  /** The key, or where it is: `env:NAME`, `file:/path`, `exec:/program arguments`. Absent keeps the stored one; null removes it. */
  api_key: apiKey.nullable().optional(),
  /** Several keys instead, each of which rests alone. Absent keeps the stored ones; null removes them. */
  api_keys: z.array(apiKey).min(1).max(keysMax).nullable().optional(),
  /** Sent with every call; kept secret like the key. Absent keeps the stored ones; null removes them. */
  headers: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, "expected a header's name: letters, digits and -")
        .refine(
          (key) => !["connection", "content-length", "transfer-encoding"].includes(key.toLowerCase()),
          "this header is Sahab's own to set",
        ),
      checked(findHeaderFault),
    )
    .nullable()
    .optional(),
  region: z.string().max(64).optional(),
  /** Every model that the catalogue knows of the vendor is there as `NAME/id`, and other ids are asked for as they are. */
  catalog: z.boolean().optional(),
  /** Wire formats that it offers, the preferred one first; the vendor's own list by default. */
  apis: z
    .array(apiSchema)
    .min(1, "expected at least one format")
    .refine((apis) => new Set(apis).size === apis.length, "expected each format once")
    .optional(),
  /** Fields that reach beyond the model and are passed on all the same. */
  pass_fields: z
    .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, "expected a field's name: 1 to 128 printable ASCII characters"))
    .max(200)
    .optional(),
  /** The field in which it takes a tag that keeps the prefix caches of projects apart; the vendor's own by default. */
  cache_tag: z.enum([...cacheTagNames, "none"]).optional(),
  /** Hides from callers what came from its prefix cache. */
  isolate_cache: z.boolean().optional(),
  /** Who runs clients' batches for it: the vendor, where it has batches, or Sahab. */
  batches: z.enum(["vendor", "sahab"]).optional(),
  on_disconnect: onDisconnectSchema.optional(),
  tls: tlsSchema.optional(),
  /** An HTTP proxy, or `none` for no proxy whatever the environment says. A password in it is kept secret like the key. */
  proxy: checked((text) => (text === "none" ? undefined : findProxyFault(text))).optional(),
  timeouts: z
    .strictObject({
      connect_ms: timeoutMs.optional(),
      first_text_ms: timeoutMs.optional(),
      /** The old name of first_text_ms. */
      first_byte_ms: timeoutMs.optional(),
      idle_ms: timeoutMs.optional(),
      whole_ms: timeoutMs.optional(),
    })
    .optional(),
});

function findProxyFault(text: string): string | undefined {
  try {
    parseProxyAddress(text);
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}, or none`;
  }
}

const priority = z.number().int().min(1).max(100).default(1);
/** Share of the load among targets of one priority. */
const weight = z.number().int().min(0).max(1000).default(1);

const targetSchema = z.strictObject({
  provider: name,
  // Printable ASCII, since the name is also a header value of the answer.
  model: z.string().regex(/^[\x21-\x7e]{1,256}$/, "expected 1 to 256 printable ASCII characters without spaces"),
  priority,
  weight,
  /** Pins one of the provider's wire formats. */
  api: apiSchema.optional(),
  /** What it costs there; the model's price by default. */
  price: pricesSchema.optional(),
});

const localSchema = z.strictObject({
  file: z.string().min(1).max(4096),
  context: z.number().int().min(64).max(10_000_000).default(4096),
  slots: z.number().int().min(1).max(256).default(4),
  priority,
  weight,
});

/** More than any model reads. */
const tokens = z.number().int().min(1).max(100_000_000);

const modelSchema = z
  .strictObject({
    name,
    /** What it reads and writes at most, in tokens; what the catalogue knows by default. */
    context: tokens.optional(),
    output: tokens.optional(),
    targets: z.array(targetSchema).min(1).max(64).optional(),
    local: localSchema.optional(),
    /** What it costs at its providers; what the catalogue knows by default. */
    price: pricesSchema.optional(),
    /** What is charged for it; what it costs by default. */
    charge: chargeSchema.optional(),
  })
  .refine((model) => model.targets !== undefined || model.local !== undefined, "expected targets, local or both");

const storedAnswersSchema = z.strictObject({
  days: z.number().int().min(1).max(365).default(30),
  bytes: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(1024 ** 3),
});

const projectSchema = z.strictObject({
  name,
  currency: currency.default("USD"),
  budget: z.strictObject({ amount: decimal, period: z.enum(["day", "week", "month", "total"]) }).optional(),
  limits: z.strictObject({ rpm: limit.optional(), tpm: limit.optional(), concurrency: limit.optional() }).optional(),
  /** Models that the project may call; absent means all. */
  models: z.array(namePattern).max(1000).optional(),
  /** Hides from its callers what came from a provider's prefix cache. */
  isolate_cache: z.boolean().optional(),
  /** False keeps nothing of what models thought for the next turn of clients that cannot send it back. */
  keep_reasoning: z.boolean().optional(),
  /** False lets sessions of coding agents send as much as they like, also where that looks like a loop. */
  slow_loops: z.boolean().optional(),
  /** How long answers are kept for clients that ask for them again, and how many bytes of them; false keeps none. */
  stored_answers: z
    .union([z.literal(false), storedAnswersSchema], {
      error: "expected false, or days (1 to 365) and bytes, both whole numbers",
    })
    .optional(),
});

const corsSchema = z.strictObject({
  /** Origins whose pages may call models from a browser; `*` is any. */
  origins: z.array(checked(findOriginFault)).max(1000),
});

const batchesSchema = z.strictObject({
  /** Requests of all batches that run at once, in each data folder. */
  requests_at_once: z.number().int().min(1).max(1_000),
});

const aliasesMax = 1_000;

const cloudSchema = z.strictObject({
  providers: z.array(providerSchema).max(1000).default([]),
  models: z.array(modelSchema).max(10_000).default([]),
  /** Names, also with a * at the end, that lead to a model. */
  aliases: z
    .record(namePattern, z.string().min(1).max(256))
    .refine((aliases) => Object.keys(aliases).length <= aliasesMax, `expected at most ${aliasesMax} aliases`)
    .optional(),
  // One more than a cloud.yaml may well have: `default` is there beside them.
  projects: z.array(projectSchema).max(10_001).default([]),
  cors: corsSchema.optional(),
  batches: batchesSchema.optional(),
});

/** What a project may keep of answers; what it gets where nothing is said. */
export type StoredAnswerTerms = z.infer<typeof storedAnswersSchema>;
export const storedAnswersDefault: StoredAnswerTerms = storedAnswersSchema.parse({});

export type ProviderConfig = z.infer<typeof providerSchema>;
/** The whole of a cloud.yaml. */
export type CloudConfig = z.infer<typeof cloudSchema>;

/** More than a person reads at once, and few enough for an answer. */
export const problemsMax = 50;

/** What is wrong with a configuration, a line each, with its place. */
export class CloudConfigError extends Error {
  readonly problems: string[];
  /** Also those that are too many to be told. */
  readonly allProblems: readonly string[];
  constructor(problems: string[]) {
    const told = problems.slice(0, problemsMax);
    if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
    const [only] = problems;
    super(
      problems.length === 1
        ? `The configuration has a problem: ${only}`
        : `The configuration has ${problems.length} problems:\n${told.join("\n")}`,
    );
    this.problems = told;
    this.allProblems = problems;
  }
}

/**
 * Parses a configuration that was applied once, and checks names and references within it. It must start although an
 * earlier version refused less; parseCloudConfig is for new ones.
 */
export function parseStoredConfig(value: unknown): CloudConfig {
  if (value === undefined || value === null) {
    // An empty file is a mistake far more often than the wish to take everything away.
    throw new CloudConfigError([
      "the document: expected an object, found nothing; to take resources away, say so with empty lists: providers: []",
    ]);
  }
  const parsed = cloudSchema.safeParse(value);
  if (!parsed.success) throw new CloudConfigError(parsed.error.issues.flatMap((issue) => describeIssue(issue, value)));
  const problems = [...findDuplicates(parsed.data), ...findUnresolved(value, ""), ...findBrokenReferences(parsed.data)];
  if (problems.length > 0) throw new CloudConfigError(problems);
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string[] {
  const place = formatPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = allowedFields(issue.path);
    const place = issue.path.filter((part) => typeof part === "string").join(".");
    return issue.keys.map((key) => {
      const told = known ? `; allowed: ${known.join(", ")}${askMeant(place, key, known)}` : "";
      return `${formatPath([...issue.path, key])}: unknown field${told}`;
    });
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], root);
  const shown = mayBeSecret(issue.path) ? "a hidden value" : describeValue(found);
  const isVendor = issue.path[0] === "providers" && issue.path[2] === "vendor";
  const meant = isVendor && typeof found === "string" ? vendorMeant(found) : undefined;
  if (meant !== undefined) return [`${place}: found ${shown}, which is no vendor here; did you mean ${meant}?`];
  return [`${place || "the document"}: ${describeWanted(issue)}; found ${shown}`];
}

function describeWanted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value")
    return issue.values.length > valuesQuotedMax
      ? `expected one of ${issue.values.join(", ")}`
      : `expected ${issue.values.map((allowed) => JSON.stringify(allowed)).join(" or ")}`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "too_small") return `expected at least ${issue.minimum}${units[issue.origin] ?? ""}`;
  if (issue.code === "too_big") return `expected at most ${issue.maximum}${units[issue.origin] ?? ""}`;
  const type = issue.code === "invalid_type" ? typeNames[issue.expected] : undefined;
  return type === undefined ? issue.message : `expected ${type}`;
}

const valuesQuotedMax = 10;

const units: Readonly<Record<string, string>> = { array: " items", string: " characters" };

/** What a value should be, by the names of the library that checks it. */
const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** Other programs' words for fields of a model. */
const modelFieldsMeant: Readonly<Record<string, string>> = {
  context_window: "context",
  max_context: "context",
  max_model_len: "context",
  limit: "context and output",
  limits: "context and output",
  max_tokens: "output",
  max_output: "output",
  max_output_tokens: "output",
  max_completion_tokens: "output",
};

function askMeant(place: string, key: string, known: readonly string[]): string {
  const meant = place === "models" ? ownValue(modelFieldsMeant, key.toLowerCase()) : undefined;
  return meant === undefined ? askSimilar(key, known) : `; did you mean ${meant}?`;
}

/** Fields of the object at a path; list indexes do not matter. */
function allowedFields(path: readonly PropertyKey[]): string[] | undefined {
  const names = path.filter((part) => typeof part === "string");
  const at = names[0] === "models" ? names.findIndex((name) => name === "price" || name === "charge") : -1;
  if (at !== -1) return priceFields(names.slice(at + 1), names[at] === "charge");
  const key = names.join(".");
  const schemas: Record<string, { shape: Record<string, unknown> }> = {
    "": cloudSchema,
    cors: corsSchema,
    batches: batchesSchema,
    providers: providerSchema,
    "providers.tls": tlsSchema,
    "providers.on_disconnect": onDisconnectSchema,
    models: modelSchema,
    projects: projectSchema,
    "projects.stored_answers": storedAnswersSchema,
    "models.targets": targetSchema,
    "models.local": localSchema,
  };
  return schemas[key] && Object.keys(schemas[key].shape);
}

/** Fields of a provider whose values are shown (an address may hold a password); a secret may have been put in any other place. */
const shownProviderFields = new Set<PropertyKey>([
  "name",
  "vendor",
  "region",
  "catalog",
  "apis",
  "timeouts",
  "pass_fields",
  "cache_tag",
  "isolate_cache",
  "batches",
  "on_disconnect",
]);

function mayBeSecret(path: readonly PropertyKey[]): boolean {
  return path[0] === "providers" && path.length > 1 && !shownProviderFields.has(path[2] ?? "");
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return showText(value);
  // JSON has no word for what is no number.
  return typeof value === "number" ? describeNumber(value) : JSON.stringify(value);
}

function describeNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${nameIn(key)}` : nameIn(key)),
    "",
  );
}

/** A key of the document as it may be shown: a stranger may have chosen it. */
function nameIn(key: PropertyKey): string {
  return showFieldName(String(key));
}

function findDuplicates(config: CloudConfig): string[] {
  return (["providers", "models", "projects"] as const).flatMap((kind) => {
    const seen = new Set<string>();
    return config[kind].flatMap((item, index) => {
      if (!seen.has(item.name)) return seen.add(item.name) && [];
      return [`${kind}[${index}].name: "${item.name}" stands twice among ${kind}`];
    });
  });
}

/** A `${NAME}` that is still there means that the variable was not set where the file was applied. */
function findUnresolved(value: unknown, place: string): string[] {
  if (typeof value === "string") {
    const missing = /\$\{([^}]*)\}/.exec(value);
    if (!missing) return [];
    // What is no variable's name may be a secret in brackets.
    const isName = /^[A-Za-z_]\w{0,100}$/.test(missing[1] ?? "");
    return [
      isName
        ? `${place}: environment variable ${missing[1]} is not set where the configuration is applied`
        : `${place}: between \${ and } the name of an environment variable is allowed: letters, digits and _`,
    ];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => findUnresolved(item, `${place}[${index}]`));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => findUnresolved(item, place ? `${place}.${key}` : key));
  }
  return [];
}

function findBrokenReferences(config: CloudConfig): string[] {
  const providers = new Map(config.providers.map((provider) => [provider.name, provider]));
  const list = (names: IteratorObject<string>) => names.take(20).toArray().join(", ") || "none are declared";
  return [
    ...config.providers.flatMap((provider, index) =>
      provider.base_url === undefined && vendors[provider.vendor].baseUrl === undefined
        ? [`providers[${index}].base_url: vendor ${provider.vendor} has no address of its own, so one is needed`]
        : [],
    ),
    ...config.providers.flatMap((provider, index) =>
      provider.tls && baseAddressOf(vendors[provider.vendor], provider)?.startsWith("http:")
        ? [
            `providers[${index}].tls: the address of "${provider.name}" is plain http, without TLS; use https or leave tls out`,
          ]
        : [],
    ),
    ...config.models.flatMap((model, index) =>
      (model.targets ?? []).flatMap((target, at) => {
        const provider = providers.get(target.provider);
        if (provider) return findUnofferedApi(provider, target, `models[${index}].targets[${at}].api`);
        if (mayBeOfEnvironment(target.provider)) return [];
        return [
          `models[${index}].targets[${at}].provider: ${showText(target.provider)} is not among the providers (${list(providers.keys())})${askSimilar(target.provider, providers.keys())}`,
        ];
      }),
    ),
  ];
}

function findUnofferedApi(provider: ProviderConfig, target: { api?: string | undefined }, place: string): string[] {
  const offered = provider.apis ?? vendors[provider.vendor].apis;
  if (target.api === undefined || offered.includes(target.api)) return [];
  return [`${place}: provider ${provider.name} offers ${offered.join(", ")}, not ${target.api}`];
}

/** Replaces each `${NAME}` in the text values of a parsed document by the variable; unset ones stay, for parseCloudConfig to name. */
export function resolveVariables(value: unknown, variables: Record<string, string | undefined>): unknown {
  if (typeof value === "string")
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, key: string) => ownValue(variables, key) ?? whole);
  if (Array.isArray(value)) return value.map((item) => resolveVariables(item, variables));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveVariables(item, variables)]));
  }
  return value;
}
