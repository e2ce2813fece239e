/** A vendor's answer while it arrives. Its body is read once, in pieces or whole. */
export interface HttpAnswer {
  readonly status: number;
  /** By its lower-case name; null where the answer has none. */
  header(name: string): string | null;
  /** The next piece of the body. Rejects when the connection breaks before the body's end. */
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  /** Gives up the rest of the body; never rejects. */
  cancel(): Promise<void>;
}
