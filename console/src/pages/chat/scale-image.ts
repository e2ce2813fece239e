/** The longest side that models read; larger images only cost more. */
const sideMaxPx = 1_568;
/** Of a file that is opened at all. */
const fileBytesMax = 40_000_000;
/** A file below this, of a type that models read, is sent as it is. */
const keptBytesMax = 400_000;
const keptTypes = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

export const imagesMax = 8;

/** A file of an image as a data URL that fits a message; undefined where it is none, or too large to be opened. */
export async function scaleImage(file: Blob): Promise<string | undefined> {
  if (file.size > fileBytesMax) return undefined;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  const scale = Math.min(1, sideMaxPx / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size <= keptBytesMax && keptTypes.has(file.type)) {
    bitmap.close();
    return readDataUrl(file);
  }
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return undefined;
  // What is transparent would turn black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.toDataURL("image/jpeg", 0.86);
}

/** The images among what was pasted, dropped or picked. */
export function imageFilesOf(files: Iterable<File>): File[] {
  return [...files].filter(({ type }) => type.startsWith("image/"));
}

function readDataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(typeof reader.result === "string" ? reader.result : ""));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("the image could not be read")));
    reader.readAsDataURL(file);
  });
}
