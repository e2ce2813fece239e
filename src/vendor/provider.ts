import { createHash } from "node:crypto";
import type { CacheTagger } from "../base/cache-tags.ts";
import { SahabError, VendorWords } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { parseProxyAddress, type ProxyAddress, type ProxySettings } from "../base/proxy-address.ts";
import {
  hopsHeader,
  isPassed,
  isTextOperation,
  type BodyShape,
  type Operation,
  type RewriteRules,
} from "../call/index.ts";
import type { Dialect, PathTarget, Quirks } from "../dialect/dialect.ts";
import { samplingNamed } from "../dialect/sampling-beyond.ts";
import { parseJson } from "../dialect/vendor-error.ts";
import { chooseProxy, HttpPool, type Resolve, type TlsSettings } from "../transport/index.ts";
import { baseAddressOf, describeMissingAddress, regionOf } from "./base-address.ts";
import { cacheTagPath, CacheTags, type cacheTagNames } from "./cache-tag.ts";
import { catalogPartOf } from "./catalog-part.ts";
import { vendors, type vendorNames } from "./registry.ts";
import type { ImageFetcher } from "./image-fetcher.ts";
import { Secrets } from "./secrets.ts";
import type { Credentials, Vendor } from "./vendor.ts";

/** An account at a vendor, as cloud.yaml declares it. */
export interface ProviderOptions {
  name: string;
  vendor: (typeof vendorNames)[number];
  base_url?: string | undefined;
  region?: string | undefined;
  api_key?: string | null | undefined;
  headers?: Record<string, string> | null | undefined;
  /** The place of its key among several keys of the provider, from 1; undefined where there is one. */
  keyPlace?: number | undefined;
  /** Where its secrets come from, if they are kept elsewhere. */
  secretReferences?: readonly string[] | undefined;
  /** The headers whose values are such. */
  secretHeaders?: readonly string[] | undefined;
  /** One of these could not be read, or may not be sent there: the provider is not called. */
  lacksSecret?: boolean | undefined;
  apis?: readonly string[] | undefined;
  /** Fields that reach beyond the model and go out all the same; `tools.mcp` and the like for tools that the vendor runs. */
  pass_fields?: readonly string[] | undefined;
  /** The field by which it keeps caches apart, or `none`; the vendor's own by default. */
  cache_tag?: (typeof cacheTagNames)[number] | "none" | undefined;
  /** Callers are told nothing of what came from its prefix cache. */
  isolate_cache?: boolean | undefined;
  /** Who runs clients' batches; the vendor, where it has batches, unless told. */
  batches?: "vendor" | "sahab" | undefined;
  /** What becomes of the call when its client leaves. */
  on_disconnect?: { mode: "cancel" | "drain"; limit_ms?: number | undefined } | undefined;
  tls?: TlsSettings | undefined;
  /** A proxy's address, or `none`; the environment's by default. */
  proxy?: string | undefined;
  timeouts?:
    | {
        connect_ms?: number | undefined;
        first_text_ms?: number | undefined;
        first_byte_ms?: number | undefined;
        idle_ms?: number | undefined;
        whole_ms?: number | undefined;
      }
    | undefined;
}

/** What a provider's calls go through. */
export interface Network {
  /** The proxies that the environment names. */
  proxies?: ProxySettings | undefined;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
  log?: Log | undefined;
  /** Reads a provider's secrets anew; resolves with the provider that has them, where they are others than its own. */
  renewSecrets?: ((provider: Provider) => Promise<Provider | undefined>) | undefined;
  /** Fetches images for vendors that look at none which is not in the request; without it such a request is refused. */
  images?: ImageFetcher | undefined;
  /** Makes the tags of projects; without it none are sent. */
  cacheTagger?: CacheTagger | undefined;
}

/** Milliseconds. `whole` bounds an answer that is not streamed. */
export interface Timeouts {
  connectMs: number;
  idleMs: number;
  wholeMs: number;
}

/** Vendors that keep a stream alive send something every 15 to 30 seconds. */
const defaultTimeouts: Timeouts = { connectMs: 5_000, idleMs: 120_000, wholeMs: 600_000 };

/** Until a stream's first text, unless the provider's configuration says. A long prompt on a busy server may take minutes. */
const firstTextMs = {
  /** Another target can be asked instead. */
  withAlternative: 30_000,
  alone: 600_000,
  /** The model thinks before it says anything, for as long as it takes: only a bound against a connection that is lost. */
  silent: 3_600_000,
};

const drainMsDefault = 30_000;

interface Conversation {
  headers?: Readonly<Record<string, string>>;
  shape?: BodyShape;
}

/** An operation's address at a provider. */
export interface Endpoint {
  url: URL;
  pool: HttpPool;
  /** What its bodies have beyond those of the wire format. */
  shape: BodyShape | undefined;
  headers: Readonly<Record<string, string>>;
  /** The head of a request with the headers above, without its length and the blank line. */
  head: string;
}

/** A configured account at a vendor, with all that a call needs worked out beforehand. */
export class Provider {
  readonly name: string;
  /** Its name, and the place of its key where that is not the first: `openai#2`. */
  readonly id: string;
  readonly keyPlace: number | undefined;
  readonly vendor: Vendor;
  /** Whose proofs of reasoning its models take and give: its own, or where accounts share them those of the vendor. */
  readonly proofIssuer: string;
  readonly timeouts: Timeouts;
  /** What is missing of its address: it is not called. */
  readonly addressFault: string | undefined;
  /** By the scheme and host that they lead to: some vendors have a host of its own for a format. */
  readonly #pools = new Map<string, HttpPool>();
  readonly #proxy: ProxyAddress | undefined;
  /** What authorises its calls where its key alone does not. */
  readonly credentials: Credentials | undefined;
  /** What authorises a call; no answer and no log may repeat it. */
  readonly secrets: Secrets;
  readonly #options: ProviderOptions;
  readonly #baseUrl: string;
  readonly #dialects: readonly Dialect[];
  readonly #untaggedRules: RewriteRules;
  /** Undefined where none of its wire formats has a place for a tag. */
  readonly #cacheTags: CacheTags | undefined;
  readonly #passes: ReadonlySet<string>;
  /** The vendor's, and what the configuration lets through. */
  readonly quirks: Quirks;
  readonly #network: Network;
  readonly #log: Log | undefined;
  /** Words that the log has; bounded, since a vendor chooses them. */
  readonly #toldWords = new Set<string>();

  constructor(options: ProviderOptions, known: readonly Dialect[], network: Network = {}) {
    this.name = options.name;
    this.id = providerId(options);
    this.keyPlace = options.keyPlace;
    this.vendor = vendors[options.vendor];
    // Names of providers have no such sign.
    this.proofIssuer = this.vendor.sharesProofs ? `${options.vendor}/*` : options.name;
    this.#options = options;
    const baseUrl = baseAddressOf(this.vendor, options);
    // Variables of the environment may be gone that were there when the configuration was applied.
    if (baseUrl === undefined) this.addressFault = describeMissingAddress(this.vendor);
    this.#baseUrl = baseUrl ?? "http://unknown.invalid";
    const apis = options.apis ?? this.vendor.apis;
    this.#dialects = apis.flatMap((api) => known.filter((dialect) => dialect.api === api));
    const address = new URL(this.#baseUrl);
    const proxy = proxyOf(options, address, network);
    this.#proxy = proxy;
    const { timeouts } = options;
    this.timeouts = {
      connectMs: timeouts?.connect_ms ?? defaultTimeouts.connectMs,
      idleMs: timeouts?.idle_ms ?? defaultTimeouts.idleMs,
      wholeMs: timeouts?.whole_ms ?? defaultTimeouts.wholeMs,
    };
    this.secrets = new Secrets(options, proxy);
    this.credentials = this.vendor.credentials?.({
      apiKey: options.api_key ?? undefined,
      baseUrl: this.#baseUrl,
      region: regionOf(this.vendor, options),
    });
    if (this.credentials) this.secrets.learn(this.credentials.secrets);
    this.#network = network;
    this.#log = network.log;
    this.#passes = new Set(options.pass_fields);
    const { quirks = {} } = this.vendor;
    const passed = samplingNamed(this.#passes);
    this.quirks =
      passed.length === 0 ? quirks : { ...quirks, takesSampling: [...(quirks.takesSampling ?? []), ...passed] };
    const { hasVariants: findsVariants, hasCompaction } = this.vendor;
    const thinking = this.vendor.quirks?.thinking;
    const asksTranscriptUsage = this.vendor.quirks?.countsTranscriptsIfAsked;
    this.#untaggedRules = { passes: this.#passes, findsVariants, hasCompaction, thinking, asksTranscriptUsage };
    const tagger = apis.some((api) => cacheTagPath(options, api) !== undefined) ? network.cacheTagger : undefined;
    this.#cacheTags = tagger && new CacheTags(options, tagger);
  }

  /** Its base address, as far as it is known. */
  get address(): string {
    return this.#baseUrl;
  }

  get region(): string | undefined {
    return regionOf(this.vendor, this.#options);
  }

  /** The part of the catalogue that has its models. */
  get catalogPart(): string {
    return catalogPartOf(this.#options);
  }

  get vendorName(): ProviderOptions["vendor"] {
    return this.#options.vendor;
  }

  /** The dialects that it offers, in the order of preference. */
  get dialects(): readonly Dialect[] {
    return this.#dialects;
  }

  /** Whether it has a key, or headers in its place. */
  get hasKey(): boolean {
    const { api_key: apiKey, headers } = this.#options;
    return Boolean(apiKey) || Object.keys(headers ?? {}).length > 0;
  }

  /** Tells its key from others, whatever its place, and does not give it away. */
  get keyHash(): string {
    const { api_key: apiKey, headers } = this.#options;
    const key = apiKey ?? JSON.stringify(headers ?? {});
    return createHash("sha256").update(key).digest("base64url");
  }

  /** Whether its own configuration says how it is reached through a proxy; the environment's proxies hold otherwise. */
  get namesProxy(): boolean {
    return this.#options.proxy !== undefined;
  }

  /** Whether its address was told by the operator; it is the vendor's own otherwise. */
  get namesAddress(): boolean {
    return this.#options.base_url !== undefined;
  }

  /** Whether nobody checks that its certificate is its own. */
  get isInsecure(): boolean {
    return this.#options.tls?.insecure === true;
  }

  get images(): ImageFetcher | undefined {
    return this.#network.images;
  }

  /** Whether a secret is missing without which it must not be called. */
  get lacksSecret(): boolean {
    return this.#options.lacksSecret === true;
  }

  get secretReferences(): readonly string[] {
    return this.#options.secretReferences ?? [];
  }

  /** The provider with other secrets, where those that it refers to have changed. For one whose secrets are refused, or missing. */
  async renewSecrets(): Promise<Provider | undefined> {
    return this.secretReferences.length === 0 ? undefined : this.#network.renewSecrets?.(this);
  }

  /** Whether it is what these options make of it. */
  isOf(options: ProviderOptions): boolean {
    return Bun.deepEquals(options, this.#options);
  }

  /** Callers are told nothing of what came from its prefix cache: neither counts nor costs. */
  get hidesCache(): boolean {
    return this.#options.isolate_cache === true;
  }

  /** Whether clients' batches go to the vendor, where it has batches. */
  get givesBatches(): boolean {
    return this.#options.batches !== "sahab";
  }

  /** What becomes of the fields of a project's request. */
  rulesFor(dialect: Dialect, project: string): RewriteRules {
    return this.#cacheTags
      ? { ...this.#untaggedRules, tag: this.#cacheTags.tagFor(dialect.api, project) }
      : this.#untaggedRules;
  }

  /** Names the conversation of a call, where the vendor asks one server for all of it: by the client's word for it, or its project. */
  conversationOf(api: string, project: string, own: string | undefined): Conversation | undefined {
    const place = this.vendor.conversations?.[api];
    const { cacheTagger } = this.#network;
    if (!place || !cacheTagger) return undefined;
    const name = cacheTagger(this.name, project, own);
    return "header" in place
      ? { headers: { [place.header]: name } }
      : { shape: { withDefault: { [place.field]: JSON.stringify(name) } } };
  }

  /** How long an answer is read on after its client has left, milliseconds; undefined where the call is cancelled at once. */
  get drainMs(): number | undefined {
    const { on_disconnect: told } = this.#options;
    return told?.mode === "drain" ? (told.limit_ms ?? drainMsDefault) : undefined;
  }

  /** How long a stream of the model may take to its first text, reasoning or tool call, milliseconds. */
  firstTextMs(model: string, hasAlternative: boolean): number {
    const { timeouts } = this.#options;
    const told = timeouts?.first_text_ms ?? timeouts?.first_byte_ms;
    if (told !== undefined) return told;
    if (this.vendor.silentThinkers?.test(model)) return firstTextMs.silent;
    return hasAlternative ? firstTextMs.withAlternative : firstTextMs.alone;
  }

  /** The dialect to call in for a client of another: the client's own where it is offered for the model, else the first. */
  dialectFor(clientDialect: string, api: string | undefined, model: string): Dialect {
    const ofModel = this.vendor.modelApis?.find(({ models }) => models.test(model))?.apis;
    const offered = api === undefined ? ofModel : [api];
    const pinned = offered === undefined ? this.#dialects : this.#dialectsOf(offered);
    const found = pinned.find((dialect) => dialect.name === clientDialect) ?? pinned[0];
    if (found) return found;
    throw new SahabError("internal_error", `Provider ${this.name} offers no wire format that is known here`);
  }

  /** In their order; all that there are where the configuration offers none of them. */
  #dialectsOf(apis: readonly string[]): readonly Dialect[] {
    const found = apis.flatMap((api) => this.#dialects.filter((dialect) => dialect.api === api));
    return found.length > 0 ? found : this.#dialects;
  }

  /** Undefined where the dialect has no such operation, or the vendor lacks it. */
  endpoint(dialect: Dialect, operation: Operation, target: PathTarget): Endpoint | undefined {
    const { vendor } = this;
    if (isTextOperation(operation)) return undefined;
    if (isPassed(operation) && !vendor.operations?.includes(operation)) return undefined;
    const path = dialect.path(operation, target);
    if (path === undefined) return undefined;
    const { variant, model, stream } = target;
    const elsewhere = vendor.elsewhere?.(this.#baseUrl, { api: dialect.api, operation, ...target });
    if (elsewhere === null) return undefined;
    const url = new URL(
      elsewhere ?? joinAddress(vendor.address?.(this.#baseUrl, dialect.api, variant) ?? this.#baseUrl, path),
    );
    const shape =
      operation === "chat" ? vendor.bodyShapes?.find((known) => isFor(known, dialect.api, model, stream)) : undefined;
    const all = { "content-type": "application/json", ...this.#headersFor(dialect.api) };
    const pool = this.#poolFor(url);
    return { url, pool, shape, headers: all, head: pool.requestHead(url, all) };
  }

  /** Something at the vendor that is no call of a model, by its path below the base address of a wire format. */
  resource(api: string, path: string): Pick<Endpoint, "url" | "pool" | "headers"> {
    const url = new URL(joinAddress(this.vendor.address?.(this.#baseUrl, api) ?? this.#baseUrl, path));
    const headers = { "content-type": "application/json", ...this.#headersFor(api) };
    return { url, pool: this.#poolFor(url), headers };
  }

  /** The address of its list of models in a format; undefined where there is none. */
  modelListAddress(api: string): string | undefined {
    const { modelList, address } = this.vendor;
    if (modelList === false) return undefined;
    if (modelList) return modelList(this.#baseUrl);
    const path = modelListPaths[api];
    return path && joinAddress(address?.(this.#baseUrl, api) ?? this.#baseUrl, path);
  }

  /** How something is read at one of its addresses; without its credentials where it is `anonymous`. */
  reading(url: URL, api: string, { anonymous }: { anonymous: boolean }): Pick<Endpoint, "pool" | "head"> {
    const pool = this.#poolFor(url);
    const headers = anonymous ? { "user-agent": "sahab", ...this.vendor.headers?.[api] } : this.#headersFor(api);
    return { pool, head: pool.requestHead(url, headers, "GET") };
  }

  #headersFor(api: string): Record<string, string> {
    const { api_key: apiKey, headers } = this.#options;
    return {
      "user-agent": "sahab",
      [hopsHeader]: "1",
      ...this.vendor.headers?.[api],
      ...(apiKey ? this.vendor.authorize(apiKey, api) : {}),
      ...Object.fromEntries(Object.entries(headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
    };
  }

  #poolFor(url: URL): HttpPool {
    let pool = this.#pools.get(url.origin);
    if (!pool) {
      const { resolve } = this.#network;
      pool = new HttpPool({ address: url, tls: this.#options.tls, proxy: this.#proxy, resolve });
      this.#pools.set(url.origin, pool);
    }
    return pool;
  }

  /** Tells the operator, once, of a reason for the end of an answer that nobody documents; the answer counts as whole. */
  readonly tellUnknownFinish = (word: string): void => {
    if (this.#toldWords.has(word) || this.#toldWords.size >= toldWordsMax) return;
    this.#toldWords.add(word);
    const found = { provider: this.name, word: this.secrets.mask(word) };
    this.#log?.warn(found, "an answer ended for a reason that is not known here");
  };

  /** Whether a body holds a secret in spite of being masked: JSON can write any letter as an escape. */
  holdsSecret(json: string): boolean {
    const plain = JSON.stringify(parseJson(json)) ?? "";
    return this.secrets.mask(plain) !== plain;
  }

  /** A failure that a vendor described, without secrets and with the provider's name. */
  describe(error: SahabError): SahabError {
    const { cause } = error;
    return error.with({
      message: `Provider ${this.name}: ${this.secrets.mask(error.message)}`,
      logMessage: `Provider ${this.name}: ${this.secrets.mask(error.logMessage)}`,
      param: error.param && this.secrets.mask(error.param),
      vendorCode: error.vendorCode && this.secrets.mask(error.vendorCode),
      cause: cause instanceof VendorWords ? new VendorWords(this.secrets.mask(cause.message)) : cause,
    });
  }
}

/** What tells the providers of a configuration apart, of which one of several keys is one. */
export function providerId({ name, keyPlace = 1 }: Pick<ProviderOptions, "name" | "keyPlace">): string {
  return keyPlace === 1 ? name : `${name}#${keyPlace}`;
}

/** Where formats have their list of models. Anthropic gives 20 at a time unless asked for more, Google 50. */
const modelListPaths: Readonly<Record<string, string>> = {
  chat: "/models",
  responses: "/models",
  messages: "/v1/models?limit=1000",
  gemini: "/v1beta/models?pageSize=1000",
  dashscope: "/compatible-mode/v1/models",
};

const toldWordsMax = 50;

type ShapeRule = NonNullable<Vendor["bodyShapes"]>[number];

function isFor(rule: ShapeRule, api: string, model: string, stream: boolean): boolean {
  return rule.api === api && (rule.stream ?? stream) === stream && rule.models?.test(model) !== false;
}

function proxyOf(options: ProviderOptions, address: URL, network: Network): ProxyAddress | undefined {
  if (options.proxy === "none") return undefined;
  if (options.proxy !== undefined) return parseProxyAddress(options.proxy);
  return network.proxies && chooseProxy(network.proxies, address);
}

/** A base address may end in the version that the path begins with: it is said once. */
function joinAddress(baseUrl: string, path: string): string {
  const version = /^(?:\/api)?\/v\d+(?:beta)?(?=\/)/.exec(path)?.[0];
  const base = version !== undefined && baseUrl.endsWith(version) ? baseUrl.slice(0, -version.length) : baseUrl;
  return base + path;
}
