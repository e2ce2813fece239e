import { Document, isMap, isSeq, type Node } from "yaml";
import { escapeUnprintable } from "../../base/printable.ts";
import type { Converted } from "./convert-litellm.ts";
import type { NotePlace } from "./notes.ts";

/** The cloud.yaml as text, with what has no counterpart as comments beside what it belongs to. */
export function writeCloudYaml(converted: Converted): string {
  const { notes } = converted;
  const document = new Document(toCloud(converted), { aliasDuplicateObjects: false });
  document.commentBefore = [
    " Made of LiteLLM's config.yaml by sahab import litellm.",
    " Look at it with sahab apply -f FILE --dry-run before it is applied.",
    ...converted.variables.map(({ name, wasLiteral }) =>
      wasLiteral ? ` Set ${name}: its value stood in LiteLLM's file.` : ` Set ${name}.`,
    ),
    ...commentLines(notes.commentsOf({ kind: "file", name: "" })),
  ].join("\n");
  for (const [section, kind] of [
    ["providers", "provider"],
    ["models", "model"],
  ] as const) {
    const list = document.get(section);
    if (!isSeq(list)) continue;
    for (const item of list.items) {
      if (!isMap(item)) continue;
      const place: NotePlace = { kind, name: String(item.get("name")) };
      const lines = commentLines(notes.commentsOf(place));
      if (lines.length > 0) (item as Node).commentBefore = lines.join("\n");
      for (const pair of item.items)
        if (isSeq(pair.value)) for (const inner of pair.value.items) if (isMap(inner)) inner.flow = true;
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** The cloud.yaml as an object. */
export function toCloud({ providers, models, aliases, projects }: Converted): Record<string, unknown> {
  return {
    providers,
    models,
    ...(Object.keys(aliases).length > 0 && { aliases }),
    projects,
  };
}

function commentLines(comments: readonly string[]): string[] {
  return comments.map((comment) => ` ${escapeUnprintable(comment)}`);
}
