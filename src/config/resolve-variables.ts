import { ownValue } from "../base/own-value.ts";

/** Replaces each `${NAME}` in the text values of a parsed document by the variable; unset ones stay, for parseCloudConfig to name. */
export function resolveVariables(value: unknown, variables: Record<string, string | undefined>): unknown {
  if (typeof value === "string")
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, key: string) => ownValue(variables, key) ?? whole);
  if (Array.isArray(value)) return value.map((item) => resolveVariables(item, variables));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveVariables(item, variables)]));
  }
  return value;
}
