import { isScalar, parseDocument, type Document } from "yaml";
import { SettingsFault } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";

/** YAML of one document. Comments stay; blanks between a value and its comment may not. */
export const yamlFormat: SettingsFormat = {
  empty: "",
  parse: (text) => (read(text).toJS() as unknown) ?? undefined,
  set(text, at, value) {
    const document = read(text);
    if (value === undefined) document.deleteIn(at);
    else if (at.length === 0) document.contents = document.createNode(value);
    else {
      const node = document.createNode(value);
      const former = document.getIn(at, true);
      // The comment behind a value belongs to the name before it.
      if (isScalar(former) && isScalar(node)) node.comment = former.comment ?? null;
      document.setIn(at, node);
    }
    return document.toString({
      lineWidth: 0,
      indent: indentOf(text),
      indentSeq: !/(?:^|\n)(\s*)[^\s#-][^\n]*:\s*\n\1- /.test(text),
      flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
    });
  },
};

function read(text: string): Document {
  const document: Document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [first] = document.errors;
  if (first)
    throw new SettingsFault(
      `it is no YAML: ${first.message.split("\n")[0]?.replace(/ at line.*$/, "")}`,
      first.linePos?.[0].line,
    );
  return document;
}

/** As the file's first indented line has it. */
function indentOf(text: string): number {
  const [, indent = "  "] = /:\s*\n( {2,8})[^\s-]/.exec(text) ?? [];
  return indent.length;
}
