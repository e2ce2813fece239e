import { useFormat } from "../format/use-format.ts";

/** Tokens in and out, short: 1.2K → 340. Each stays whole in languages that write its unit from right to left. */
export function TokenPair({ input, output }: { input: number; output: number }) {
  const format = useFormat();
  return (
    <span className="whitespace-nowrap">
      <bdi>{format.count(input)}</bdi> → <bdi>{format.count(output)}</bdi>
    </span>
  );
}
