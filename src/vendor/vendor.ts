import type { BodyShape, Operation, PassedOperation } from "../call/index.ts";
import type { Quirks } from "../dialect/dialect.ts";
import type { HttpAnswer } from "../transport/index.ts";

/** What makes one vendor differ from another, as data: where it is, how a call is authorised, what it speaks. */
export interface Vendor {
  /** Its own address; undefined where a provider must name one. `{name}` is filled in, see `addressVariables`. */
  baseUrl?: string;
  /** Addresses by the region that a provider names; `baseUrl` is that of the usual one. */
  regions?: Readonly<Record<string, string>>;
  /** Further hosts that are in a region, so that its prices hold there. */
  regionHosts?: Readonly<Record<string, RegExp>>;
  /** The variables of the environment, the usual one first, that say a `{name}` of its addresses. A provider's `region` fills `{region}`. */
  addressVariables?: Readonly<Record<string, readonly string[]>>;
  /** What its regions look like, where they are too many to list, and one of them. */
  regionForm?: { pattern: RegExp; example: string };
  /** Variables of the environment that may hold its key, the usual one first. One that is set makes its models available. */
  keyVariables?: readonly string[];
  /** The regions of those variables that belong to one; a key in another is one of the usual region. */
  keyRegions?: Readonly<Record<string, string>>;
  /** The variable by which the vendor's own SDK takes another base address; it goes with a key from the environment. */
  baseUrlVariable?: string;
  /** Its parts of the catalogue by region, the usual one first; a part of its own name otherwise. */
  catalogParts?: Readonly<Record<string, string>>;
  /** The wire formats that it offers, by the dialects' `api`. A client's own is used where it is among them, the first one otherwise. */
  apis: readonly string[];
  /** The formats of models that it does not offer in all of them. The first line counts whose `models` has the name. */
  modelApis?: readonly { models: RegExp; apis: readonly string[] }[];
  /** Which of the operations that only pass it has in OpenAI's form; none unless told. */
  operations?: readonly PassedOperation[];
  /** How it takes batches; absent where it has none, or none that is known here. */
  batch?: VendorBatch;
  /**
   * The base address of a format, from the provider's base address without a slash at its end; the same unless told. `variant`
   * is the request's form of the operation, where its dialect knows several.
   */
  address?(baseUrl: string, api: string, variant?: string): string;
  /** Some variants have another address than the rest. */
  hasVariants?: true;
  /** It has OpenAI's `/responses/compact`, and takes `compaction_trigger` in the input. Unverified: that only OpenAI itself has them. */
  hasCompaction?: true;
  /** The whole address of an operation that is elsewhere than the others of its format; undefined for those that are not, null for one that it lacks. */
  elsewhere?(baseUrl: string, call: VendorCall): string | null | undefined;
  /** Where it lists its models, from its base address; false where it has no list; at the format's usual place unless told. */
  modelList?: false | ((baseUrl: string) => string);
  /** Names of models that it takes and does not list. */
  unlisted?: RegExp;
  authorize(apiKey: string, api: string): Record<string, string>;
  /** Headers that a call of a format needs, where neither the provider nor the client gives one of that name. */
  headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The header of its answers that holds its own id of the request; `x-request-id` unless told. */
  requestIdHeader?: string;
  /** The header of its answers that names the service tier which served the request. */
  serviceTierHeader?: string;
  /** Names of models that think and show nothing of it, so that their first text may take as long as it likes. */
  silentThinkers?: RegExp;
  /**
   * Where a request of a wire format has room for a tag that keeps the prefix caches of an account's users apart: a field, or
   * one in an object of its own (`metadata.user_id`).
   */
  cacheTags?: Readonly<Record<string, string>>;
  /** Proofs of reasoning from one of its accounts are taken by the others, too. */
  sharesProofs?: true;
  /** Where a format's calls name their conversation, so that the server which has its cache is asked again. */
  conversations?: Readonly<Record<string, { header: string } | { field: string }>>;
  /** Fields that its bodies have beyond those of the format, or lack. The first that fits a call counts. */
  bodyShapes?: readonly (BodyShape & { api: string; models?: RegExp; stream?: boolean })[];
  /**
   * What authorises its calls where a key alone does not: signatures, tokens that end. Made once for each provider. Undefined where
   * the key is all that is needed.
   */
  credentials?(given: CredentialsGiven): Credentials | undefined;
  /**
   * A provider without a key uses the credentials of the machine that Sahab runs on. Where all variables of a set are there, these are
   * known to be there, and the vendor's models with them.
   */
  machineVariables?: readonly (readonly string[])[];
  /** Hosts that are the vendor's own beside that of its address, where such credentials may go. */
  ownHosts?: RegExp;
  /** Its answer of status 2xx in the format's own framing. */
  unwrap?(answer: HttpAnswer): HttpAnswer;
  /** Formats whose clients do not know the shape of its errors. */
  foreignErrors?: readonly string[];
  quirks?: Quirks;
}

/** A vendor's batches. */
export interface VendorBatch {
  /** OpenAI's, whose lines are in a file, or Anthropic's, whose requests are in the body. */
  form: "openai" | "anthropic";
  /** By wire format (`api`) and operation, what lines name as their endpoint; the formats in the order of preference. */
  paths: Readonly<Record<string, Partial<Record<Operation, string>>>>;
  linesMax: number;
  /** Of the whole file or body, and of one line where that is bounded. */
  bytesMax: number;
  lineBytesMax?: number;
  /** The times that a batch may take, the usual one first. */
  windows: readonly string[];
  /** The field of its `metadata` that may have our own name of a batch; `sahab_batch` unless told. */
  markerField?: string;
  /** Other fields that its creation takes. */
  createWith?: Readonly<Record<string, unknown>>;
}

/** A call, as far as its address depends on it. */
export interface VendorCall {
  api: string;
  operation: Operation;
  model: string;
  stream: boolean;
  variant?: string | undefined;
}

export interface CredentialsGiven {
  apiKey: string | undefined;
  baseUrl: string;
  region: string | undefined;
}

/** Authorises calls one by one. */
export interface Credentials {
  /** What it authorises with now, the same list until that changes. No answer and no log may repeat it. */
  readonly secrets: readonly string[];
  /** The headers that authorise a call. Rejects where there are no credentials to be had; the message says why, without secrets. */
  headersFor(call: { url: URL; body: readonly Uint8Array[] }): Promise<Record<string, string>>;
  /** To be called where the vendor has refused them: what is at hand is not used again. */
  forget(): void;
}
