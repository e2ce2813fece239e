/** GPT-2's way to write any byte as a visible letter: printable ones stand for themselves, the others for U+0100 and up. */
export function byteLetters(): string[] {
  const isVisible = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}
