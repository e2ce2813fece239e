import { openLog } from "../../base/log.ts";
import { buildSnapshot, parseCloudConfig, type Target } from "../../config/index.ts";
import { BodyThread } from "../../dialect/aside/index.ts";
import { dialects } from "../../dialect/registry.ts";
import {
  batchResults,
  lookAtBatch,
  submitBatch,
  type BatchLine,
  type BatchPart,
  type LineResult,
  type VendorBatchDeps,
  type VendorJob,
} from "../../gateway/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../temporary-folder.ts";

/** What a runner of batches does with a vendor's, in this process. */
export function openBatchBench(config: object) {
  const log = openLog({ level: "silent", pretty: false });
  const folder = makeTemporaryFolder();
  const bodies = new BodyThread({ log });
  const localUpstream = () => {
    throw new Error("there is no local model");
  };
  const { models } = buildSnapshot({ dialects, localUpstream }, parseCloudConfig(config));
  const deps: VendorBatchDeps = { log, bodies, folder };

  function partOf(model: string, more: Partial<BatchPart> & { api?: string } = {}): BatchPart {
    const { api = "chat", ...rest } = more;
    const dialect = dialects.find((known) => known.api === api);
    const [target] = models.get(model)?.targets ?? [];
    if (!dialect || !target) throw new Error(`no dialect ${api}, or no model ${model}`);
    const caller = { keyId: "key_1", project: "default", role: "user" as const, models: undefined };
    const operation = "chat" as const;
    const path = { chat: "/v1/chat/completions", messages: "/v1/messages", responses: "/v1/responses" }[api] ?? "";
    return { marker: "batch_1_a", caller, dialect, operation, path, model, target, ...rest };
  }

  async function submit(
    part: BatchPart,
    lines: readonly BatchLine[],
    options: Partial<Parameters<typeof submitBatch>[3]> = {},
  ) {
    const leftOut: [number, string][] = [];
    const onLeftOut = (line: number, error: { code: string }) => void leftOut.push([line, error.code]);
    const submitted = await submitBatch(deps, part, give(lines), { onLeftOut, ...options });
    return { ...submitted, leftOut };
  }

  async function readAll(part: BatchPart, job: VendorJob, lines: readonly BatchLine[]): Promise<LineResult[]> {
    const state = await lookAtBatch(deps, part, job);
    const lineAt = (line: number) => {
      const found = lines.find((one) => one.line === line);
      return found ? Promise.resolve(found) : Promise.reject(new Error(`no line ${line}`));
    };
    const results: LineResult[] = [];
    for await (const result of batchResults(deps, part, { job, state, lineAt })) results.push(result);
    return results;
  }

  return {
    deps,
    partOf,
    submit,
    readAll,
    targetsOf: (model: string): readonly Target[] => models.get(model)?.targets ?? [],
    close() {
      bodies.close();
      removeTemporaryFolder(folder);
    },
  };
}

async function* give(lines: readonly BatchLine[]): AsyncGenerator<BatchLine> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** Lines with these bodies, numbered from 1. */
export function linesOf(...bodies: readonly (object | string)[]): BatchLine[] {
  return bodies.map((body, index) => ({
    line: index + 1,
    customId: `own ${index + 1}`,
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  }));
}

export function chatBody(text: string, more: object = {}) {
  return { model: "m", messages: [{ role: "user", content: text }], ...more };
}
