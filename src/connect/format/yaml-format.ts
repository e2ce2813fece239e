import { isNode, isScalar, isSeq, parseDocument, type Document } from "yaml";
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
    return write(document, text);
  },
  insertFirst(text, at, value) {
    const document = read(text);
    const list = document.getIn(at, true);
    if (!isSeq(list)) throw new SettingsFault(`expected a list at ${at.join(".")}`);
    const [former] = list.items;
    // The comment above the former first entry is about that one.
    if (list.commentBefore && isNode(former)) {
      former.commentBefore = [list.commentBefore, former.commentBefore].filter(Boolean).join("\n");
      list.commentBefore = null;
    }
    list.items.unshift(document.createNode(value));
    return write(document, text);
  },
};

function write(document: Document, text: string): string {
  return document.toString({
    lineWidth: 0,
    indent: indentOf(text),
    indentSeq: !/(?:^|\n)(\s*)[^\s#-][^\n]*:\s*\n\1- /.test(text),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  });
}

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
