import { readFileSync } from "node:fs";
import { must } from "../base/assert.ts";
import { estimateMemory, readModelFiles, type EngineClient, type MemoryEstimate } from "../engine/index.ts";
import { collect, completionRequest, never, startTestEngine } from "./engine.ts";

interface FilledEngine {
  /** Resident memory of its process in bytes. */
  loadedBytes: number;
  /** The most that it was, when every slot was full. */
  filledBytes: number;
  estimate: MemoryEstimate;
}

/**
 * Runs a model in an engine of its own, fills all of its slots with prompts and answers, so that each page is touched, and says how
 * much memory that took, and what was foreseen.
 */
export async function measureFilledEngine(
  file: string,
  { contextTokens, slots }: { contextTokens: number; slots: number },
): Promise<FilledEngine> {
  const { header } = await readModelFiles(file);
  const running = await startTestEngine({
    file,
    contextTokens,
    slots,
    threads: 1,
    batchTokens: Math.min(512, contextTokens),
  });
  try {
    await running.engine.whenReady(120_000);
    const pid = must((await running.engine.status()).pid, "it runs");
    const loadedBytes = residentBytes(pid);
    const client = running.client();
    await Promise.all(Array.from({ length: slots }, (_, slot) => fillSlot(client, { slot, contextTokens })));
    return { loadedBytes, filledBytes: residentBytes(pid), estimate: estimateMemory(header, { contextTokens, slots }) };
  } catch (cause) {
    throw new Error(`${file}: ${String(cause)}; ${running.lines.slice(-3).join("; ")}`, { cause });
  } finally {
    await running.close();
  }
}

const answerTokens = 32;

async function fillSlot(
  client: EngineClient,
  { slot, contextTokens }: { slot: number; contextTokens: number },
): Promise<void> {
  const length = contextTokens - answerTokens - 2;
  // Each its own, so that none takes what another has evaluated.
  const prompt = Array.from({ length }, (_, index) => 40 + ((index * 7 + slot * 13) % 80));
  const request = completionRequest(prompt, { maxOutputTokens: answerTokens, sampling: { seed: slot } });
  const { usage } = await collect(
    client.complete(request, { signal: never(), tenant: { project: `p${slot}`, keyId: "" } }),
  );
  // A begin-of-text token may stand before it.
  if ((usage?.inputTokens ?? 0) < length) throw new Error(`slot ${slot} read ${usage?.inputTokens} tokens`);
}

/** As `top` shows it: VmRSS, which counts pages of files too. */
function residentBytes(pid: number): number {
  const line = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(must(line?.[1], "Linux says it")) * 1024;
}
