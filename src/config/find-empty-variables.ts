import { ownValue } from "../base/own-value.ts";

/** Variables that a parsed cloud.yaml names and that are set to nothing, a line each with its place: they are used as they are. */
export function findEmptyVariables(
  document: unknown,
  variables: Readonly<Record<string, string | undefined>>,
  place = "",
): string[] {
  if (typeof document === "string")
    return [...document.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].flatMap(([, name = ""]) =>
      ownValue(variables, name)?.trim() === ""
        ? [`${place}: environment variable ${name} is empty where the configuration is applied`]
        : [],
    );
  if (Array.isArray(document))
    return document.flatMap((item, index) => findEmptyVariables(item, variables, `${place}[${index}]`));
  if (typeof document !== "object" || document === null) return [];
  return Object.entries(document).flatMap(([key, item]) =>
    findEmptyVariables(item, variables, place === "" ? key : `${place}.${key}`),
  );
}
