import { plugin } from "bun";
import type { GgufFileInfo } from "node-llama-cpp";
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

/** What the library has of a file: no lists of texts, no tensors. */
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
    sourceData: [],
  } as unknown as GgufFileInfo;
}

interface Nested {
  [key: string]: GgufValue | Nested;
}

/** `a.b.c` as an object in an object; a key that goes on below a value keeps its whole rest as a name. */
function nested(metadata: GgufFile["metadata"]): Nested {
  const all: Nested = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (value instanceof TextList) continue;
    const names = key.split(".");
    let folder = all;
    while (names.length > 1) {
      const inner = (folder[names[0] ?? ""] ??= {});
      if (typeof inner !== "object" || Array.isArray(inner) || inner instanceof TextList) break;
      folder = inner;
      names.shift();
    }
    folder[names.join(".")] = value;
  }
  return all;
}
