/** Fields of how a model chooses its words that OpenAI's own API lacks, and servers in its style may have. */
const fields = { topK: "top_k", minP: "min_p", repeatPenalty: "repetition_penalty" } as const;

export type SamplingBeyond = keyof typeof fields;

const keys = Object.keys(fields) as SamplingBeyond[];

/** Those that are not among `taken`. */
export function samplingWithout(taken: readonly SamplingBeyond[] = []): SamplingBeyond[] {
  return keys.filter((key) => !taken.includes(key));
}

/** Those that are listed by the names that they have on the wire. */
export function samplingNamed(names: ReadonlySet<string>): SamplingBeyond[] {
  return keys.filter((key) => names.has(fields[key]));
}
