import { plugin } from "bun";
import type { GgufFileInfo } from "node-llama-cpp";
import { tensorLayouts } from "../gguf/gguf-format.ts";
import { architectureOf } from "../gguf/header-fields.ts";
import type { GgufFile, GgufValue } from "../gguf/read-gguf.ts";
import type { ModelFiles } from "../gguf/parts.ts";
import { TextList } from "../gguf/text-list.ts";

/**
 * Gives node-llama-cpp the header that is read already, instead of its own reader: that one makes an array of strings of each list, and keeps it
 * (128,256 tokens with their merges: 0.5 s and 110 MB). Without a `source`, the library also does not load the model's vocabulary a second time to
 * foresee its memory, which without a GPU decides nothing. Must be called before the library is imported.
 */
export function giveHeader(files: ModelFiles): void {
  const readGgufFileInfo = (): Promise<GgufFileInfo> => Promise.resolve(fileInfo(files));
  plugin({
    name: "give the header to the library",
    setup(build) {
      build.onLoad({ filter: /[\\/]node-llama-cpp[\\/]dist[\\/]gguf[\\/]readGgufFileInfo\.js$/ }, () => ({
        exports: { readGgufFileInfo },
        loader: "object",
      }));
    },
  });
}

const typeNumbers = new Map(Object.entries(tensorLayouts).map(([number, { name }]) => [name, Number(number)]));

/** What the library has of a file, without lists of texts. */
function fileInfo({ header, paths }: ModelFiles): GgufFileInfo {
  const metadata = nested(header.metadata);
  const architecture = metadata[architectureOf(header)];
  return {
    version: header.version,
    tensorCount: header.tensors.length,
    metadata,
    metadataSize: 0,
    architectureMetadata: architecture ?? {},
    splicedParts: paths.length,
    totalTensorCount: header.tensors.length,
    totalMetadataSize: 0,
    // It looks for names of tensors, such as a ranking head's.
    fullTensorInfo: header.tensors.map(({ name, shape, type }) => ({
      name,
      dimensions: shape,
      ggmlType: typeNumbers.get(type),
      offset: 0,
      fileOffset: 0,
      filePart: 1,
    })),
    sourceData: [],
  } as unknown as GgufFileInfo;
}

interface Nested {
  [key: string]: GgufValue | Nested;
}

/** `a.b.c` as an object in an object; a key that goes on below a value keeps its whole rest as a name. The file chooses the names: these objects inherit nothing. */
function nested(metadata: GgufFile["metadata"]): Nested {
  const all = Object.create(null) as Nested;
  for (const [key, value] of Object.entries(metadata)) {
    if (value instanceof TextList) continue;
    const names = key.split(".");
    if (unnested.has(names.slice(0, 2).join("."))) names.push(names.splice(1).join("."));
    let folder = all;
    while (names.length > 1) {
      const inner = (folder[names[0] ?? ""] ??= Object.create(null) as Nested);
      if (typeof inner !== "object" || Array.isArray(inner) || inner instanceof TextList) break;
      folder = inner;
      names.shift();
    }
    folder[names.join(".")] = value;
  }
  return all;
}

/** Texts with further ones below them: the library looks for `tokenizer["chat_template.rerank"]`. */
const unnested: ReadonlySet<string> = new Set(["tokenizer.chat_template", "general.license"]);
