import { isScalar, parseDocument, visit } from "yaml";

/**
 * Reads the text of a cloud.yaml (or the same as JSON); throws yaml's own error where it is neither. The lines that `npm run`
 * prints before a command's output are no part of it: `npm run sahab -- export > cloud.yaml` leaves them there.
 */
export function readCloudYaml(text: string): unknown {
  const document = parseDocument(text.replace(/^\s*(?:> [^\n]*\n)+/, ""));
  const [error] = document.errors;
  if (error) throw error;
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === "number" && !isKept(node.value, node.source))
        node.value = node.source;
    },
  });
  return document.toJS() as unknown;
}

/**
 * Whether a number is what the text says, here and in JSON. A double keeps 15 digits; with more, a price would be rounded
 * unseen. JSON has neither infinity nor -0. Such numbers stay text, which the checks accept if it is exact and else name.
 */
function isKept(value: number, source: string | undefined): boolean {
  if (source === undefined) return true;
  const digits = source.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "");
  return Number.isFinite(value) && digits.length <= 15 && !Object.is(value, -0);
}
