/** How often a smaller input is tried. */
const triesMax = 3_000;
const shrinkMsMax = 15_000;

/** Leaves out of an input all that it fails without. `fails` says whether a smaller one still does. */
export async function shrink(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  const endMs = performance.now() + shrinkMsMax;
  let tries = 0;
  let small = input;
  for (let piece = Math.ceil(small.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < small.length;) {
      if (++tries > triesMax || performance.now() > endMs) return small;
      const smaller = Buffer.concat([small.subarray(0, at), small.subarray(at + piece)]);
      if (await fails(smaller)) small = smaller;
      else at += piece;
    }
  }
  return small;
}
