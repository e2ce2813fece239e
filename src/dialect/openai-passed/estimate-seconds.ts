/**
 * How long a sound is, for answers whose vendor does not say: a WAV by the rate in its header, others as 128 kbit a second, which is
 * usual for MP3.
 */
export function estimateSeconds(file: Uint8Array | undefined): number {
  if (!file) return 0;
  return Math.ceil(file.length / (wavRate(file) ?? usualRate));
}

/** Bytes a second. */
const usualRate = 16_000;

function wavRate(file: Uint8Array): number | undefined {
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 44));
  if (head.length < 44 || head.toString("latin1", 0, 4) !== "RIFF" || head.toString("latin1", 8, 16) !== "WAVEfmt ")
    return undefined;
  return head.readUInt32LE(28) || undefined;
}
