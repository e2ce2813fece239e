import { CloudYamlError } from "./read-cloud-yaml.ts";

/** The text of a cloud.yaml's bytes. Throws a CloudYamlError for another encoding than UTF-8, whose letters would be others here. */
export function decodeYamlText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.subarray(0, 4).includes(0))
    throw new CloudYamlError("it is in UTF-16 or UTF-32; save it as UTF-8");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CloudYamlError("it is not in UTF-8, as a file of an older Windows may not be; save it as UTF-8", {
      line: lineOfFirstFault(bytes),
      column: 1,
    });
  }
}

/** A line end is in no longer sequence of bytes, so each line can be read by itself. */
function lineOfFirstFault(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end === -1 ? bytes.length : end;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to + 1;
  }
  return line;
}
