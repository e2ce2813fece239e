import { SahabError } from "../base/errors.ts";

/** The boundary, which must be there once, of letters that need no reading (RFC 2046, §5.1.1, without the space). */
export function readBoundary(contentType: string): string {
  const found = readParameters(contentType.replace(/^[^;]*/, "")).filter(([name]) => name === "boundary");
  const [, boundary = ""] = found[0] ?? [];
  if (found.length === 1 && /^[\w'()+,./:=?-]{1,70}$/.test(boundary)) return boundary;
  throw invalidForm("its content type must name one boundary of 1 to 70 letters and digits");
}

/** Of one part: a name, the name of a file, its type. */
export const formHeadBytesMax = 8 * 1024;

export interface PartHead {
  name: string;
  /** Undefined for a part that is no file. */
  fileName: string | undefined;
}

/** The name of a part, and of its file. The bytes of a name count as they are: programs differ on escapes in it. `from` is where the part begins. */
export function readPartHead(text: string, from: number): PartHead {
  const fields = text.split("\r\n").map((line) => /^([\w-]+):[ \t]*([^\r\n\0]*)$/.exec(line));
  if (fields.includes(null)) throw invalidForm(`the part at byte ${from} has a line in its headers that is none`);
  const valuesOf = (name: string) =>
    fields.flatMap((field) => (field?.[1]?.toLowerCase() === name ? [field[2] ?? ""] : []));
  const [disposition = "", ...others] = valuesOf("content-disposition");
  const parameters = readParameters(disposition.replace(/^form-data(?=\s*;)/i, ""));
  const names = parameters.filter(([name]) => name === "name" || name === "name*");
  const [key, name = ""] = names[0] ?? [];
  if (others.length > 0 || names.length !== 1 || key !== "name" || /[\\%]/.test(name) || name === "")
    throw invalidForm(`the part at byte ${from} must have one name, without escapes`);
  if (valuesOf("content-transfer-encoding").some((coding) => !/^(?:binary|7bit|8bit)\s*$/i.test(coding)))
    throw invalidForm(`the part "${name}" has a transfer encoding; expected its bytes as they are`);
  const [, fileName] = parameters.find(([parameter]) => parameter === "filename" || parameter === "filename*") ?? [];
  return { name, fileName };
}

/** What follows a header's first word; names in small letters. Empty where it is not in order. */
function readParameters(text: string): [name: string, value: string][] {
  const all: [string, string][] = [];
  parameter.lastIndex = 0;
  for (let at = 0; at < text.length; at = parameter.lastIndex) {
    const found = parameter.exec(text);
    if (!found) return [];
    all.push([(found[1] ?? "").toLowerCase(), found[2] ?? found[3] ?? ""]);
  }
  return all;
}

const parameter = /\s*;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;

export function invalidForm(problem: string): SahabError {
  return new SahabError("invalid_request", `Cannot read the body as multipart/form-data: ${problem}`);
}
