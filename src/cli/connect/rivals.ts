import type { ClientProgram, Rival } from "../../connect/client-program.ts";
import { settingsFormat } from "../../connect/format/index.ts";
import { shortPath } from "../../connect/lines.ts";
import type { Places } from "../../connect/places.ts";
import { readRealFile } from "./real-file.ts";
import { findValue, isContainer, isEmpty, showPath } from "../../connect/settings-tree.ts";

/** Warns of settings of a person's own that win over what is written: the program would go on with another model. */
export function describeRivals({ title, rivals }: ClientProgram, places: Places): string[] {
  return (rivals?.(places) ?? []).flatMap((rival) =>
    isThere(rival)
      ? [`${showPath(rival.at)} in ${shortPath(rival.path, places)} is yours and wins in ${title}: ${rival.advice}`]
      : [],
  );
}

function isThere({ path, format, at, but }: Rival): boolean {
  let value: unknown;
  try {
    const { text } = readRealFile(path);
    if (text !== undefined) value = findValue(settingsFormat(format).parse(text), at);
  } catch {
    // A file that is to be changed is refused elsewhere, with the reason.
  }
  if (value === undefined || value === "" || isEmpty(value)) return false;
  if (but === undefined) return true;
  // A list of what is allowed is no rival where it has Sahab; the list of an object's entries is none where all are Sahab's.
  return isContainer(value) ? !(Array.isArray(value) ? value : Object.values(value)).includes(but) : value !== but;
}
