import { SahabError } from "../../base/errors.ts";
import { openCheckedAddress } from "../../transport/index.ts";
import type { ModelSources } from "../model-sources.ts";
import { startCall } from "../pull-call.ts";
import { describeRefusal, HubRefusal } from "./describe-refusal.ts";
import type { Hub, HubFile, HubListing } from "./hub.ts";
import type { HubName } from "./parse-hub-name.ts";

const connectMs = 15_000;
const answerMs = 30_000;
/** A page of 1,000 files has about 400 KB. */
const pageBytesMax = 16 * 1024 * 1024;
const pagesMax = 100;
const filesMax = 100_000;

/** All files of a model's repository. Throws `invalid_request` or `upstream_unreachable`, with what helps. */
export async function listFiles(
  name: HubName,
  options: { sources: ModelSources; signal: AbortSignal },
): Promise<HubFile[]> {
  const files: HubFile[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages++) {
    const page: HubListing = await readPage(name, cursor, options);
    files.push(...page.files);
    cursor = page.cursor;
    if (cursor === undefined) return files;
    if (pages === pagesMax || files.length > filesMax)
      throw new SahabError(
        "invalid_request",
        `Cannot pull ${name.shown}: its repository has more files than ${filesMax}, or more pages of them than ${pagesMax}`,
      );
  }
}

/** Hosts that may be in a private network: those that are listed, and the hub's own where the owner has named it. */
export function hostsOf({ settings }: Hub, { hosts }: ModelSources): string {
  const { host, port, protocol } = new URL(settings.endpoint);
  return `${hosts} ${port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host}`;
}

export const secretsOf = ({ settings, secretHeaders }: Hub): Record<string, string> =>
  settings.token === undefined ? {} : secretHeaders(settings.token);

async function readPage(
  name: HubName,
  cursor: string | undefined,
  { sources, signal }: { sources: ModelSources; signal: AbortSignal },
): Promise<HubListing> {
  const { hub, repository, revision } = name;
  const call = startCall(signal, answerMs);
  try {
    const answer = await openCheckedAddress(
      hub.listingAddress(repository, revision, cursor),
      { accept: "application/json" },
      {
        rules: {
          hosts: hostsOf(hub, sources),
          proxies: sources.proxies,
          hostsSetting: "SAHAB_PULL_HOSTS",
          allowsNamed: false,
        },
        attempt: call.attempt,
        connectMs,
        ownHeaders: secretsOf(hub),
      },
    );
    if (answer.status !== 200) {
      await answer.cancel();
      throw describeRefusal(name, answer);
    }
    const pieces: Uint8Array[] = [];
    for (let bytes = 0; ;) {
      const { done, value } = await answer.read();
      if (done || !value) break;
      bytes += value.length;
      if (bytes > pageBytesMax) {
        await answer.cancel();
        throw new Error(`its listing has more than ${pageBytesMax} bytes`);
      }
      pieces.push(value);
    }
    return hub.parseListing(JSON.parse(Buffer.concat(pieces).toString()), answer);
  } catch (cause) {
    if (cause instanceof HubRefusal) throw cause;
    const why = call.attempt.reason?.message ?? (cause instanceof Error ? cause.message : String(cause));
    const { endpoint } = hub.settings;
    throw new SahabError(
      cause instanceof SahabError && cause.code === "invalid_request" ? "invalid_request" : "upstream_unreachable",
      `Cannot pull ${name.shown}: ${hub.title} did not tell its files at ${endpoint}: ${why}. A mirror is named by ${hub.endpointSetting}, a proxy by HTTPS_PROXY in the environment of the Sahab server`,
      { cause },
    );
  } finally {
    call.end();
  }
}
