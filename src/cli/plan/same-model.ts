/**
 * Whether two names are of one model, as vendors and its makers write it: `meta-llama/Llama-3.1-8B-Instruct` and `llama-3.1-8b`. What a name says of
 * the vendor, the number format or the training to chat does not matter; a version or a date does.
 */
export function isSameModel(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}

/** Words of names that are the same for all models of a family, or of a file. */
const words = new Set([
  "meta",
  "instruct",
  "it",
  "chat",
  "maas",
  "dense",
  "fp8",
  "bf16",
  "fp16",
  "f16",
  "int8",
  "int4",
  "awq",
]);

function plainName(name: string): string {
  const last = name.toLowerCase().split("/").at(-1) ?? "";
  return last
    .replace(/\.gguf$/, "")
    .replace(/-v\d+:\d+$/, "") // Versions of Bedrock.
    .replace(/[-._](?:i?q\d\w*)$/, "") // Formats of GGUF files.
    .replace(/^[a-z]+\.(?=[a-z])/, "") // The maker's name in Bedrock.
    .split(/[\s_:()-]+/)
    .filter((word) => !words.has(word))
    .join("")
    .replaceAll(".", "");
}
