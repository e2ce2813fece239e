import { describe, expect, test } from "bun:test";
import { findAccelerator, findServing } from "../data/index.ts";
import { readKnownModel } from "../models/index.ts";
import type { CalibrationNumbers } from "./calibration.ts";
import { calibrationOf } from "./index.ts";
import type { DecodeWork, PrefillWork, Replica } from "./replica.ts";
import { decodePass, passTimes, prefillPass, type Pass } from "./roofline.ts";

interface Service {
  accelerator: string;
  prefill: { accelerators: number; work: PrefillWork };
  decode: { accelerators: number; work: DecodeWork };
}

/** As they describe them: DeepSeek-V3/R1 inference system overview (2025-03); LMSYS on 96 H100 (2025-05). */
const deepseek: Service = {
  accelerator: "h800",
  // 32 accelerators for prefill, 144 for decode; 20 tokens a second to each user are 740 sequences a node.
  prefill: { accelerators: 32, work: { promptTokens: 4989, cachedTokens: 0.5625 * 4989, batch: 64 } },
  decode: { accelerators: 144, work: { contextTokens: 4989, batch: 740 * 18 } },
};
const lmsys: Service = {
  accelerator: "h100-sxm",
  prefill: { accelerators: 32, work: { promptTokens: 2000, batch: 256 } },
  decode: { accelerators: 72, work: { contextTokens: 2050, batch: 256 * 72 } },
};

/** Nothing is lost: the roofline alone. */
const ideal: CalibrationNumbers = {
  computeEfficiency: 1,
  memoryEfficiency: 1,
  linkEfficiency: 1,
  expertEfficiency: 1,
  layerLaunchMs: 0,
  sequenceMs: 0,
  powerExponent: 1,
  powerLoad: 1,
  powerMemory: 1,
};

describe.each([
  ["DeepSeek's day", deepseek, { prefill: 5.4, decode: 3.8 }],
  ["LMSYS's H100", lmsys, { prefill: 4, decode: 4.7 }],
])("published tokens a second of a node: %s", (_, service, roofline) => {
  const published = findServing("deepseek-v3", service.accelerator);
  if (!published) throw new Error(`Nothing is published of ${service.accelerator}`);
  const predict = (phase: "prefill" | "decode", calibration?: CalibrationNumbers) => {
    const { accelerators } = service[phase];
    const replica: Replica = {
      model: readKnownModel("deepseek-v3").profile,
      accelerator: findAccelerator(service.accelerator),
      tensorParallel: accelerators,
      parallelism: "expert",
      precision: "fp8",
      keptBytesPerNumber: 2,
    };
    const { prefill, decode } = service;
    const [pass, tokens]: [Pass, number] =
      phase === "prefill"
        ? [prefillPass(replica, prefill.work), prefill.work.batch * prefill.work.promptTokens]
        : [decodePass(replica, decode.work), decode.work.batch];
    const seconds = passTimes(replica, pass, calibration ?? calibrationOf(replica)).totalMs / 1000;
    return (tokens / seconds / accelerators) * published.count;
  };

  test("are within 25 % of what efficiencies give that were fitted to other models on single hosts", () => {
    expect(Math.abs(predict("prefill") / Number(published.prefill.likely) - 1)).toBeLessThan(0.25);
    expect(Math.abs(predict("decode") / Number(published.decode.likely) - 1)).toBeLessThan(0.25);
  });

  test("are far below the roofline without them", () => {
    expect(predict("prefill", ideal) / Number(published.prefill.likely)).toBeCloseTo(roofline.prefill, 0);
    expect(predict("decode", ideal) / Number(published.decode.likely)).toBeCloseTo(roofline.decode, 0);
  });
});
