import type { Quirks } from "../dialect/dialect.ts";

/** The wire formats by the names that cloud.yaml gives them. */
export const apiNames = ["chat", "messages"] as const;
export type ApiName = (typeof apiNames)[number];

/** What makes one vendor differ from another, as data: where it is, how a call is authorised, what it speaks. */
export interface Vendor {
  /** Its own address; undefined where a provider must name one. */
  baseUrl?: string;
  /** The wire formats that it offers. A client's own is used where it is among them, the first one otherwise. */
  apis: readonly ApiName[];
  /** The base address of a format, from the provider's base address without a slash at its end; the same unless told. */
  address?(baseUrl: string, api: string): string;
  authorize(apiKey: string, api: string): Record<string, string>;
  /** Headers that a call of a format needs, where the client sends none of that name. */
  headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The header of its answers that holds its own id of the request; `x-request-id` unless told. */
  requestIdHeader?: string;
  quirks?: Quirks;
}
