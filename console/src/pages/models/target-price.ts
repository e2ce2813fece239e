/** What a target of a route costs, as a form has it. `kept`: what is declared or what the catalogue knows stays. */
export interface TargetPrice {
  kind: "kept" | "free" | "own";
  /** For a million tokens, as they are typed. */
  input: string;
  output: string;
  currency: string;
}

export const priceKinds = ["kept", "free", "own"] as const;
export const keptPrice: TargetPrice = { kind: "kept", input: "", output: "", currency: "USD" };

/** As the API takes it; undefined leaves it as it is. What is no number is sent as it is, so that the server says what is wrong. */
export function declaredPrice({ kind, input, output, currency }: TargetPrice): object | "free" | undefined {
  if (kind === "kept") return undefined;
  if (kind === "free") return "free";
  return { currency: currency.trim().toUpperCase(), input: input.trim(), output: output.trim() };
}

export const isPriceComplete = ({ kind, input, output, currency }: TargetPrice): boolean =>
  kind !== "own" || [input, output, currency].every((text) => text.trim() !== "");
