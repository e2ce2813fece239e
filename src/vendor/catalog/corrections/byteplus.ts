import type { Correction } from "./correction.ts";

const embedding = {
  // The source has these a hundred times lower than its unit says: in dollars, where all else of it is in cents.
  // Unverified: that this is what BytePlus bills.
  price: { currency: "USD", input: 0.125, image_input: 0.325, output: 0 },
};

export const byteplus: Correction = {
  parts: ["byteplus"],
  source: "Portkey-AI/models f654307e, read as dollars",
  date: "2026-08-21",
  models: { "skylark-embedding-vision-250615": embedding, "skylark-embedding-vision-251215": embedding },
};
