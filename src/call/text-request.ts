/** Asks for the tokens of a text. */
export interface TokenizeRequest {
  dialect: string;
  content: string;
  /** With the tokens that the model wants at the begin and the end of a prompt. */
  addSpecial: boolean;
  /** Control tokens are made of their spellings. */
  parseSpecial: boolean;
  withPieces: boolean;
  extensions: Record<string, unknown>;
}

/** Asks for the text of tokens. */
export interface DetokenizeRequest {
  dialect: string;
  tokens: number[];
  extensions: Record<string, unknown>;
}

/** The text of a token, or its bytes where these are only part of a character. */
export type TokenPiece = string | number[];
