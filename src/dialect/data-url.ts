import { invalidField } from "./read.ts";

/** An image that is in the request itself: its type in small letters, and its bytes in base64. Throws for a data URL of anything else. */
export function readImageData(url: string, path: string): { mediaType: string; data: string } {
  const comma = url.indexOf(",");
  const [mediaType = "", ...parameters] = url.slice("data:".length, Math.max(comma, 0)).toLowerCase().split(";");
  if (comma === -1 || !mediaType.startsWith("image/"))
    throw invalidField(path, `expected an image, found a data URL of type "${mediaType.slice(0, 40)}"`);
  const data = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === "base64");
  return {
    mediaType: mediaType === "image/jpg" ? "image/jpeg" : mediaType,
    data: isBase64 ? data : Buffer.from(decodePercent(data, path)).toString("base64"),
  };
}

export function isDataUrl(url: string): boolean {
  return /^data:/i.test(url);
}

function decodePercent(text: string, path: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidField(path, "the data URL has a bad percent escape").with({ cause });
  }
}
