import { connect } from "node:net";
import { parseReply, type Reply } from "./reply.ts";

/** Sends a whole request as it is written, on a connection of its own, and reads the answer. */
export async function sendRaw(address: string, request: string | Uint8Array, timeoutMs = 10_000): Promise<Reply> {
  const startedMs = performance.now();
  const { hostname, port } = new URL(address);
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    const parts: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no whole answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(parts));
    };
    socket.on("data", (part: Buffer) => {
      parts.push(part);
      if (isComplete(Buffer.concat(parts))) finish();
    });
    socket.on("end", finish);
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
  const { status, headers, body } = splitAnswer(bytes);
  return parseReply(status, headers, body, performance.now() - startedMs);
}

/** Opens a connection, writes the head with `Expect: 100-continue`, and says how long the leave to go on took, and what came in the end. */
export async function sendExpecting(
  address: string,
  head: string,
  body: string,
): Promise<{ continueMs: number; status: number }> {
  const { hostname, port } = new URL(address);
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    let continueMs = Number.NaN;
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(head));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within 10 s; so far: ${text}`));
    }, 10_000);
    socket.on("error", reject);
    socket.on("data", (part: Buffer) => {
      text += part.toString("latin1");
      const leave = /^HTTP\/1\.1 100[^\r]*\r\n\r\n/.exec(text);
      if (Number.isNaN(continueMs) && leave) {
        continueMs = performance.now() - startedMs;
        text = text.slice(leave[0].length);
        socket.write(body);
      }
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status === undefined || status === "100") return;
      clearTimeout(timer);
      socket.destroy();
      resolve({ continueMs, status: Number(status) });
    });
  });
}

function splitAnswer(bytes: Buffer) {
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [first = "", ...lines] = bytes.toString("latin1", 0, Math.max(headEnd, 0)).split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(" ")[1] ?? 0), headers: new Headers(fields), body: bytes.subarray(headEnd + 4) };
}

/** An answer with a length, or without a body. */
function isComplete(bytes: Buffer): boolean {
  if (bytes.indexOf("\r\n\r\n") === -1) return false;
  const { status, headers, body } = splitAnswer(bytes);
  if (status === 204) return true;
  const length = headers.get("content-length");
  return length !== null && body.length >= Number(length);
}
