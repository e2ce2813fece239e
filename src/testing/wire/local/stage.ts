import { join } from "node:path";
import type { TestSahab } from "../../run-sahab.ts";
import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";
import type { Got } from "../said.ts";
import { writeFeatureModel } from "./scripted.ts";

/** What each client heard in the last minute of an engine. */
export interface LocalEnd {
  /** A stream that had begun when the engine was ended. */
  cut: Map<Kit, Got>;
  /** A whole answer that was under way then. */
  ended: Map<Kit, Got>;
  /** While as many requests as may wait did, whole and streamed. */
  full: Map<Kit, Got[]>;
}

/** The running program with local models. */
export interface LocalStage {
  sahab: TestSahab;
  /** Where and with which key clients ask. */
  address: string;
  key: string;
  /** What clients heard of an engine that was full, and then ended. */
  end: Promise<LocalEnd>;
}

/** The names of the models. */
export const models = { nano: "nano", scripted: "scripted", mortal: "mortal" } as const;

/** Its slots: a stream and a whole answer for each client. */
const mortalSlots = 16;

/** The models as the configuration has them; their files are written to the folder. */
export function localModels(folder: string, features: readonly Feature[]): object[] {
  const file = join(folder, "scripted.gguf");
  writeFeatureModel(file, features);
  return [
    { name: models.nano, local: { file: "nano.gguf" } },
    { name: models.scripted, local: { file, context: 4096, slots: 8 } },
    { name: models.mortal, local: { file, context: 16_384, slots: mortalSlots } },
  ];
}
