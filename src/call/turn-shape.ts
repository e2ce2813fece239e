/** What a vendor refuses of earlier turns as other vendors' clients send them. */
export interface TurnShape {
  /** It takes what the system says at the front only. */
  foldsSystem?: true;
  /** The only length of a tool call's id, which has letters and digits alone. */
  callIdChars?: number | undefined;
  /** Fields of the assistant's turns: what the vendor calls them, or null for what it has no field for. */
  fields?: Readonly<Record<string, string | null>> | undefined;
}

/** What makes the turns of a client's own bytes fit. It can be sent to another thread. */
export interface TurnChanges {
  edits: readonly { start: number; end: number; text: string }[];
  /** Paths of fields that were left out. */
  dropped: readonly string[];
}
