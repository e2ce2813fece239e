/** What a client can ask of a vendor. */
export type Operation = "chat" | "completion" | "embedding";

/** What makes one vendor differ from another: where it is, how a call is authorised, which dialect it speaks. */
export interface Vendor {
  /** The address of an operation below the provider's base address. */
  url(baseUrl: string, operation: Operation): string;
  authorize(apiKey: string): Record<string, string>;
}
