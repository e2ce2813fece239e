/** Values hold what vendors and callers wrote; a line end in one would begin a header of theirs. */
const unfit = /[^\t\x20-\x7e\x80-\xff]/;

/** Lines of an answer's head, each with its line end. Made by `headerLine`, so that no value can hold another line. */
export type HeaderLines = string & { readonly headerLines: true };

export const noHeaders = "" as HeaderLines;

/** One header. Characters that no header may hold are replaced by `?`. */
export function headerLine(name: string, value: string): HeaderLines {
  return `${name}: ${unfit.test(value) ? value.replaceAll(new RegExp(unfit, "g"), "?") : value}\r\n` as HeaderLines;
}

/** Up to five are joined; a list of any length would be made anew for each answer. */
export function joinHeaders(
  first: HeaderLines,
  second: HeaderLines,
  third: HeaderLines = noHeaders,
  fourth: HeaderLines = noHeaders,
  fifth: HeaderLines = noHeaders,
): HeaderLines {
  return `${first}${second}${third}${fourth}${fifth}` as HeaderLines;
}
