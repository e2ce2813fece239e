import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { kindOfAddress } from "../base/address-kind.ts";
import { isLoopback } from "../base/address-ranges.ts";
import { SahabError } from "../base/errors.ts";
import type { ProxySettings } from "../base/proxy-address.ts";
import { resolveUserPath } from "../base/user-path.ts";
import type { HttpAnswer } from "../transport/index.ts";
import { cannotRead } from "./cannot-read.ts";
import { CommandError } from "./command-error.ts";

const connectMs = 15_000;

interface Bounds {
  proxies: ProxySettings;
  bytesMax: number;
  wholeMs: number;
}

/**
 * The text of a file, or of an address that the user names: https, or http of this machine or of a private network, where the
 * address itself is named. Where it leads on to, it must be public and not fall back to http.
 */
export async function fetchDocument(place: string, bounds: Bounds): Promise<string> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return readText(place, bounds.bytesMax);
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol))
    throw new CommandError(`Cannot fetch ${place}: an https address or a file is expected`);
  if (url.protocol === "http:" && !isNear(url.hostname))
    throw new CommandError(
      `Cannot fetch ${shown(url)}: anybody on the way could change prices; use https (http only to this machine, or to an address of a private network)`,
    );
  const [{ Attempt }, { openCheckedAddress }] = await Promise.all([
    import("../call/index.ts"),
    import("../transport/index.ts"),
  ]);
  const attempt = new Attempt({ provider: "document", model: "" });
  const late = new SahabError("upstream_unreachable", `it took longer than ${bounds.wholeMs / 1000} s`);
  const timer = setTimeout(() => attempt.cancel(late), bounds.wholeMs);
  let answer: HttpAnswer | undefined;
  try {
    const rules = { hosts: "", hostsSetting: "no setting", allowsNamed: true, proxies: bounds.proxies };
    answer = await openCheckedAddress(url, { accept: "application/json" }, { rules, attempt, connectMs });
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
    return await readAll(answer, bounds.bytesMax);
  } catch (cause) {
    const why = attempt.reason?.message ?? (cause instanceof Error ? cause.message : String(cause));
    throw new CommandError(`Cannot fetch ${shown(url)}: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
    await answer?.cancel();
  }
}

/** An address as it may be shown and kept: without a password or a query, which may be secrets. */
export function shown(url: URL): string {
  return url.origin + url.pathname;
}

function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isLoopback(host) || (isIP(host) !== 0 && ["loopback", "private"].includes(kindOfAddress(host)));
}

async function readAll(answer: HttpAnswer, bytesMax: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await answer.read();
    if (done || !value) return Buffer.concat(pieces).toString("utf8");
    bytes += value.length;
    if (bytes > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
    pieces.push(value);
  }
}

async function readText(place: string, bytesMax: number): Promise<string> {
  const path = resolveUserPath(place);
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error("it is no file");
    if (found.size > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
    return await readFile(path, "utf8");
  } catch (cause) {
    throw cannotRead(place, cause);
  }
}
