import { crc32 } from "node:zlib";

/** A message of AWS's event stream, written from its documentation ("Event stream encoding"): lengths, headers, payload, checksums. */
export function frameMessage(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const encodedHeaders = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const text = Buffer.from(value);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(text.length);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(encodedHeaders.length + body.length + 16, 0);
  prelude.writeUInt32BE(encodedHeaders.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, encodedHeaders, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** The events of an Anthropic stream as Bedrock sends them. */
export function frameBedrockStream(text: string): Buffer {
  const events = text.split("\n\n").flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? []);
  return Buffer.concat(
    events.map((data) =>
      frameMessage(
        { ":event-type": "chunk", ":content-type": "application/json", ":message-type": "event" },
        JSON.stringify({ bytes: Buffer.from(data).toString("base64"), p: "abcdefgh" }),
      ),
    ),
  );
}
