import type { AcceleratorFigures } from "../performance/index.ts";
import type { ToldMoney } from "../sheet/index.ts";

/** An accelerator as its data sheet has it, and what it is sold for. */
export interface Accelerator extends AcceleratorFigures {
  name: string;
  /** Of one, in a server. */
  price: ToldMoney;
  source: string;
  date: string;
  /** What buyers must know, as a part of a sentence. */
  note?: string;
}
