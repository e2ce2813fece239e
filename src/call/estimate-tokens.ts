/**
 * Tokens in so many bytes of text, where no count is known: four bytes a token, which is near for English and code and
 * a little high for Chinese (3 bytes a character, about 1.5 characters a token in current tokenizers).
 */
export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / 4);
}
