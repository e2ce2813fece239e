import type { DialectSample } from "./dialects.ts";
import type { SamplePlace } from "./sample.ts";

/** For a POSIX shell. */
export function writeCurl({ path, key, headers, body }: DialectSample, { address, keyVariable }: SamplePlace): string {
  const sent = key === "bearer" ? `Authorization: Bearer $${keyVariable}` : `${key}: $${keyVariable}`;
  const lines = [
    `curl ${quote(address + path)}`,
    `-H "${sent}"`,
    ...Object.entries({ ...headers, "content-type": "application/json" }).map(
      ([name, value]) => `-H ${quote(`${name}: ${value}`)}`,
    ),
    // From the standard input, since a shell bounds the length of an argument; a quoted word keeps every character as it is.
    "--data-binary @- <<'JSON'",
  ];
  return `${lines.join(" \\\n  ")}\n${JSON.stringify(body, undefined, 2)}\nJSON\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
