/** A piece of a body, or its end. */
export interface Piece {
  done: boolean;
  value?: Uint8Array | undefined;
}

/** A vendor's answer while it arrives. Its body is read once, in pieces or whole. */
export interface HttpAnswer {
  readonly status: number;
  /** By its lower-case name; null where the answer has none. */
  header(name: string): string | null;
  /** The next piece of the body, at once where it has come already. Rejects when the connection breaks before the body's end. */
  read(): Piece | Promise<Piece>;
  /** Hands on each further piece the moment that it comes, instead of `read`. Absent where pieces are made only when asked for. */
  follow?(follower: PieceFollower): void;
  /** Gives up the rest of the body, of which nothing is handed on any more; never rejects. */
  cancel(): Promise<void>;
}

/** Takes a body's pieces as they come. */
export interface PieceFollower {
  /** Never throws. A promise holds up what follows until it has resolved. */
  onPiece(piece: Uint8Array): Promise<void> | undefined;
  /** The body is complete, or broke with an error. */
  onEnd(error?: unknown): void;
}
