import { realpathSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { SahabError } from "../base/errors.ts";
import { requireAllowedPath, type ModelSources } from "./model-sources.ts";
import { removePart, writePart, type PullProgress } from "./part-file.ts";

const pieceBytes = 256 * 1024;

/** Copies a file of this machine that the caller may name. */
export async function copyFile(
  path: string,
  part: string,
  options: {
    sources: ModelSources;
    signal: AbortSignal;
    bytesMax: number;
    onProgress: (progress: PullProgress) => void;
  },
): Promise<void> {
  const real = requireAllowedPath(options.sources, path);
  if (!statSync(real, { throwIfNoEntry: false })?.isFile())
    throw new SahabError(
      "invalid_request",
      `There is no file ${path}; a path on the machine that runs Sahab, or an http(s) address is allowed`,
    );
  const file = await open(real, "r");
  try {
    // Exchanged for a link between the check and the opening, it would be another file.
    const [opened, named] = [await file.stat(), statSync(real)];
    if (realpathSync(real) !== real || opened.ino !== named.ino || opened.dev !== named.dev || !opened.isFile())
      throw new SahabError("conflict", `${path} was exchanged while it was read; pull again`);
    const { bytesMax, onProgress, signal } = options;
    const alive = () => signal.throwIfAborted();
    await writePart(part, piecesOf(file), {
      source: path,
      start: 0,
      totalBytes: opened.size,
      bytesMax,
      alive,
      onProgress,
    });
  } catch (error) {
    removePart(part);
    throw error;
  } finally {
    await file.close();
  }
}

async function* piecesOf(file: Awaited<ReturnType<typeof open>>): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, pieceBytes);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
