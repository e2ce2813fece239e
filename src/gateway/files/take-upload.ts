import { SahabError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { RequestHeaders } from "../../dialect/dialect.ts";
import type { FilesForm } from "../../dialect/files-form.ts";
import type { HttpRequest } from "../../http/index.ts";
import type { Caller, FileRow } from "../../ledger/index.ts";
import { fileBytesMax, fileDaysUsual, type FileShelf } from "./file-shelf.ts";
import { FormReader } from "./form-reader.ts";
import type { SealedWriter } from "./sealed-file.ts";

/** The form around a file. */
const formBytesMax = 1024 * 1024;
const fileNameCharsMax = 255;
const dayS = 24 * 3_600;

/** Takes a file as it comes, never whole in memory. Half an upload leaves nothing. */
export async function takeUpload(
  { shelf, clock }: { shelf: FileShelf; clock: Clock },
  { form, caller }: { form: FilesForm; caller: Caller },
  request: HttpRequest,
): Promise<FileRow> {
  const contentType = multipartType(request.headers);
  const end = await shelf.beginUpload(caller);
  const id = form.createFileId();
  let writer: SealedWriter | undefined;
  try {
    const content = (writer = await shelf.write(id));
    const fields = new Map<string, string>();
    let fileName: string | undefined;
    const reader = new FormReader(contentType, {
      field(name, text) {
        if (fields.has(name)) throw new SahabError("invalid_request", `${name}: expected once`, { param: name });
        fields.set(name, text);
      },
      file(name, said) {
        if (name === form.fileField && fileName === undefined) fileName = said;
        else
          throw new SahabError("invalid_request", `Expected one file, as the field "${form.fileField}"`, {
            param: name,
          });
      },
      data(bytes) {
        if (content.bytes + bytes.length <= fileBytesMax) return content.add(bytes);
        throw new SahabError("body_too_large", `A file may have ${fileBytesMax} bytes; this one has more`, {
          param: form.fileField,
        });
      },
    });
    await request.readPieces(fileBytesMax + formBytesMax, (piece) => reader.push(piece));
    reader.end();
    if (fileName === undefined)
      throw new SahabError("invalid_request", `${form.fileField}: expected a file, found nothing`, {
        param: form.fileField,
      });
    const { purpose, expiresAfterS = fileDaysUsual * dayS } = form.readUpload(fields);
    await content.finish();
    const createdMs = clock.now();
    const row = {
      id,
      project: caller.project,
      purpose,
      bytes: content.bytes,
      createdMs,
      expiresMs: createdMs + expiresAfterS * 1000,
      name: fileName.slice(0, fileNameCharsMax),
    };
    await shelf.keep(row);
    return row;
  } catch (error) {
    await writer?.abandon();
    throw error;
  } finally {
    end();
  }
}

function multipartType(headers: RequestHeaders): string {
  const type = headers.get("content-type") ?? "";
  if (/^\s*multipart\/form-data\s*;/i.test(type)) return type;
  throw new SahabError(
    "invalid_request",
    `Expected a form (multipart/form-data) with the file, found ${type === "" ? "no content type" : type.slice(0, 100)}`,
  );
}
