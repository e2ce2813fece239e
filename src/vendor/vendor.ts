import type { Operation, PassedOperation } from "../call/index.ts";
import type { Quirks } from "../dialect/dialect.ts";

/** What makes one vendor differ from another, as data: where it is, how a call is authorised, what it speaks. */
export interface Vendor {
  /** Its own address; undefined where a provider must name one. */
  baseUrl?: string;
  /** Addresses by the region that a provider names; `baseUrl` is that of the usual one. */
  regions?: Readonly<Record<string, string>>;
  /** Variables of the environment that may hold its key, the usual one first. One that is set makes its models available. */
  keyVariables?: readonly string[];
  /** Its parts of the catalogue by region, the usual one first; a part of its own name otherwise. */
  catalogParts?: Readonly<Record<string, string>>;
  /** The wire formats that it offers, by the dialects' `api`. A client's own is used where it is among them, the first one otherwise. */
  apis: readonly string[];
  /** Which of the operations that only pass it has in OpenAI's form; none unless told. */
  operations?: readonly PassedOperation[];
  /**
   * The base address of a format, from the provider's base address without a slash at its end; the same unless told. `variant`
   * is the request's form of the operation, where its dialect knows several.
   */
  address?(baseUrl: string, api: string, variant?: string): string;
  /** Some variants have another address than the rest. */
  hasVariants?: true;
  /** It has OpenAI's `/responses/compact`. Unverified: that only OpenAI itself has it. */
  hasCompaction?: true;
  /** The whole address of an operation that is elsewhere than the others of its format; undefined for those that are not. */
  elsewhere?(
    baseUrl: string,
    call: { api: string; operation: Operation; variant?: string | undefined },
  ): string | undefined;
  authorize(apiKey: string, api: string): Record<string, string>;
  /** Headers that a call of a format needs, where neither the provider nor the client gives one of that name. */
  headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The header of its answers that holds its own id of the request; `x-request-id` unless told. */
  requestIdHeader?: string;
  /** Names of models that think and show nothing of it, so that their first text may take as long as it likes. */
  silentThinkers?: RegExp;
  /**
   * Where a request of a wire format has room for a tag that keeps the prefix caches of an account's users apart: a field, or
   * one in an object of its own (`metadata.user_id`).
   */
  cacheTags?: Readonly<Record<string, string>>;
  quirks?: Quirks;
}
