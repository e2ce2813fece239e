/**
 * How long a sound is, for answers whose vendor does not say: a WAV by the rate and the length in its header, others as 128 kbit a
 * second, which is usual for MP3. Whole seconds, as vendors bill them.
 */
export function estimateSeconds(file: Uint8Array | undefined): number {
  if (!file) return 0;
  const { bytes, rate } = readWav(file) ?? { bytes: file.length, rate: usualRate };
  return Math.ceil(bytes / rate);
}

/** Bytes a second. */
const usualRate = 16_000;

/** Of a WAV the bytes of its sound, and how many of them a second has. */
function readWav(file: Uint8Array): { bytes: number; rate: number } | undefined {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (view.length < 44 || view.toString("latin1", 0, 4) !== "RIFF" || view.toString("latin1", 8, 16) !== "WAVEfmt ")
    return undefined;
  const rate = view.readUInt32LE(28);
  if (rate === 0) return undefined;
  let start = 12;
  for (let chunk = 0; chunk < chunksMax && start + 8 <= view.length; chunk++) {
    const size = view.readUInt32LE(start + 4);
    const rest = view.length - start - 8;
    // Who writes a stream does not know its length: all that follows is sound.
    if (view.toString("latin1", start, start + 4) === "data")
      return { bytes: size === 0 ? rest : Math.min(size, rest), rate };
    start += 8 + size + (size % 2);
  }
  return { bytes: view.length - 44, rate };
}

/** Before the sound; programs write a handful. */
const chunksMax = 100;
