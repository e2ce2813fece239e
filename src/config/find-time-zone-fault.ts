import { askSimilar } from "../base/find-similar.ts";
import { isTimeZone } from "../ledger/index.ts";

/** What keeps a text from being a time zone; undefined if it is one. */
export function findTimeZoneFault(text: string): string | undefined {
  if (isTimeZone(text)) return undefined;
  return `expected the IANA name of a time zone, such as Asia/Shanghai or UTC${askSimilar(text, Intl.supportedValuesOf("timeZone"))}`;
}
