import { textOf } from "./fields.ts";

/** A variable that must be set where the cloud.yaml is applied. */
export interface NeededVariable {
  name: string;
  /** Its value stood in LiteLLM's file itself, and must be put there by hand. */
  wasLiteral: boolean;
}

/** The variables that a cloud.yaml refers to. Values are compared and never told. */
export class Variables {
  readonly #needed = new Map<string, NeededVariable>();
  /** A literal value → the variable that stands for it. */
  readonly #literals = new Map<string, string>();

  get needed(): NeededVariable[] {
    return [...this.#needed.values()];
  }

  /** `${NAME}` for a value of LiteLLM's that must not be shown: its own variable, else a new one with a name that is free. */
  refer(value: string, proposed: string): { text: string; wasLiteral: boolean } {
    const own = variableOf(value);
    if (own !== undefined) return { text: this.need(own), wasLiteral: false };
    const known = this.#literals.get(value);
    if (known !== undefined) return { text: `\${${known}}`, wasLiteral: true };
    let name = proposed;
    for (let at = 2; this.#needed.has(name); at++) name = `${proposed}_${at}`;
    this.#literals.set(value, name);
    this.#needed.set(name, { name, wasLiteral: true });
    return { text: `\${${name}}`, wasLiteral: true };
  }

  need(name: string): string {
    if (!this.#needed.has(name)) this.#needed.set(name, { name, wasLiteral: false });
    return `\${${name}}`;
  }
}

/** The variable that `os.environ/NAME` names. */
export function variableOf(value: unknown): string | undefined {
  return /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(textOf(value) ?? "")?.[1];
}

/** A name for a variable, from words: `gpu-box`, `API_KEY` → `GPU_BOX_API_KEY`. */
export function variableName(...words: string[]): string {
  const name = words
    .join("_")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[A-Z]/.test(name) ? name : `X_${name}`;
}
