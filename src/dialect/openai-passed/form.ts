import { limits } from "../../base/limits.ts";
import { formHeadBytesMax as headBytesMax, invalidForm as invalid, readBoundary, readPartHead } from "../form-head.ts";

/** A part of a form, in positions of the whole body. */
export interface FormPart {
  name: string;
  /** It has the name of a file. */
  isFile: boolean;
  /** Where the line of dashes in front of it begins. */
  from: number;
  /** Its content. */
  start: number;
  end: number;
}

export interface Form {
  /** The content type, written in the one way that every program reads alike. */
  contentType: string;
  /** What is between its parts, without the dashes. */
  boundary: string;
  parts: readonly FormPart[];
  /** Where the last line of dashes begins. */
  end: number;
}

/**
 * Finds the parts of a form (RFC 7578) without copying or decoding them: a native search for the line of dashes between them, 2 ms
 * for 25 MB. What programs could read in two ways is refused, since a form that is another one to the vendor may name another model.
 */
export function scanForm(body: Buffer, contentType: string): Form {
  const boundary = readBoundary(contentType);
  const dashes = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let from = 0;
  if (!isAt(body, 0, dashes)) throw invalid("it does not begin with the boundary that its content type names");
  for (;;) {
    const line = from + dashes.length;
    if (isAt(body, line, lastDashes)) {
      if (
        !/^\s*$/.test(body.toString("latin1", line + 2, line + 2 + tailBytesMax)) ||
        body.length > line + tailBytesMax
      )
        throw invalid("something follows its last boundary");
      return { contentType: `multipart/form-data; boundary="${boundary}"`, boundary, parts, end: from };
    }
    if (!isAt(body, line, lineEnd)) throw invalid(`the line of the boundary at byte ${from} has more on it`);
    if (parts.length >= limits.bodyFieldsMax) throw invalid(`it has more than ${limits.bodyFieldsMax} parts`);
    const head = line + lineEnd.length;
    const headEnd = body.subarray(head, head + headBytesMax).indexOf(blankLine);
    if (headEnd === -1)
      throw invalid(`the headers of the part at byte ${from} do not end within ${headBytesMax} bytes`);
    const start = head + headEnd + blankLine.length;
    const next = body.indexOf(dashes, start);
    if (next === -1) throw invalid("its last boundary is missing, so that it may have been cut off");
    const end = next - lineEnd.length;
    if (end < start || !isAt(body, end, lineEnd)) throw invalid(`the boundary at byte ${next} does not begin a line`);
    parts.push({ ...readNames(body.toString("latin1", head, head + headEnd), from), from, start, end });
    from = next;
  }
}

/** White space after the end. */
const tailBytesMax = 16;
const lineEnd = Buffer.from("\r\n");
const blankLine = Buffer.from("\r\n\r\n");
const lastDashes = Buffer.from("--");

function isAt(body: Buffer, at: number, expected: Buffer): boolean {
  return (
    body.length >= at + expected.length && body.compare(expected, 0, expected.length, at, at + expected.length) === 0
  );
}

function readNames(head: string, from: number): Pick<FormPart, "name" | "isFile"> {
  const { name, fileName } = readPartHead(head, from);
  return { name, isFile: fileName !== undefined };
}
