import { calibrationOf, type CalibrationNumbers } from "./calibration.ts";
import type { Replica } from "./replica.ts";
import { decodePass, flopsPerSecond, passTimes, prefillPass, type Pass } from "./roofline.ts";

/** Watts of one accelerator of the replica while it does this. */
export function watts(
  replica: Replica,
  phase: "prefill" | "decode",
  work: { promptTokens?: number; cachedTokens?: number; contextTokens?: number; batch: number },
): number {
  const { batch, promptTokens = 0, cachedTokens = 0, contextTokens = promptTokens } = work;
  const pass =
    phase === "prefill"
      ? prefillPass(replica, { promptTokens, cachedTokens, batch })
      : decodePass(replica, { contextTokens, batch });
  return passWatts(replica, pass, calibrationOf(replica));
}

/** Watts of one accelerator in a pass: they grow with the share of its FLOP/s and of its bytes a second that an accelerator reaches, up to a limit. */
export function passWatts(replica: Replica, pass: Pass, calibration: CalibrationNumbers): number {
  const { accelerator, tensorParallel } = replica;
  const seconds = (passTimes(replica, pass, calibration).totalMs / 1000) * tensorParallel;
  const computed = pass.flops / (seconds * flopsPerSecond(replica));
  const read = pass.bytes / (seconds * accelerator.memoryBytesPerSecond);
  const load = Math.min(1, (computed + calibration.powerMemory * read) / calibration.powerLoad);
  const { wattsIdle, wattsFull } = accelerator;
  return wattsIdle + (wattsFull - wattsIdle) * load ** calibration.powerExponent;
}
