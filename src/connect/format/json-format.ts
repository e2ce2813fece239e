import { applyEdits, modify, parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import { SettingsFault, type ExactPath } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";

/** JSON, with comments and commas at the end where a file has them. */
export const jsonFormat: Omit<SettingsFormat, "insertFirst"> = {
  empty: "{}\n",
  parse(text) {
    if (text.trim() === "") return {};
    const errors: ParseError[] = [];
    const tree: unknown = parse(text, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first)
      throw new SettingsFault(
        `it is no JSON: ${words(printParseErrorCode(first.error))}`,
        text.slice(0, first.offset).split("\n").length,
      );
    return tree;
  },
  set(text, at, value) {
    const whole = text.trim() === "" ? "{}\n" : text;
    if (at.length === 0) return `${JSON.stringify(value, null, 2)}\n`;
    const last = at.at(-1);
    const isInsertion = typeof last === "number" && value !== undefined && isEnd(this.parse(whole), at);
    const formattingOptions = { insertSpaces: true, tabSize: 2, ...indentOf(whole), eol: "\n" };
    return applyEdits(whole, modify(whole, [...at], value, { formattingOptions, isArrayInsertion: isInsertion }));
  },
};

function isEnd(tree: unknown, at: ExactPath): boolean {
  const list = at
    .slice(0, -1)
    .reduce<unknown>((here, step) => (here as Record<string | number, unknown>)[step], tree) as unknown[];
  return at.at(-1) === list.length;
}

/** As the file's first indented line has it. */
function indentOf(text: string): { insertSpaces: boolean; tabSize: number } | undefined {
  const [, indent] = /\n([ \t]+)\S/.exec(text) ?? [];
  if (indent === undefined) return undefined;
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.startsWith("\t") ? 4 : indent.length };
}

/** `CommaExpected` → `comma expected`. */
function words(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
