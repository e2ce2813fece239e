/** What a report sums, in the order of its columns in CSV. */
export const usageSumNames = [
  "requests",
  "input_tokens",
  "cached_input_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "images",
  "seconds",
  "characters",
  "searches",
  "cost",
  "provider_cost",
  "vendor_cost",
  "vendor_difference",
  "currency",
] as const;
