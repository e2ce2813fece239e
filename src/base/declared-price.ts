/** A decimal of at most nine places, as a number or, where digits must not be lost, as text. */
export type Decimal = number | string;

/** Prices per million tokens. What is not told costs what the more general kind costs: a cached token what a fresh one does. */
export interface DeclaredRates {
  input: Decimal;
  cached_input?: Decimal | undefined;
  /** Read from a cache behind a marker of the caller's, where the vendor asks another price then; `cached_input` by default. */
  explicit_cached_input?: Decimal | undefined;
  cache_write?: Decimal | undefined;
  /** Written to a cache for an hour; `cache_write` by default. */
  cache_write_1h?: Decimal | undefined;
  output: Decimal;
  /** Output that was no reasoning, of an answer with reasoning in it. */
  thinking_output?: Decimal | undefined;
  /** Output that was reasoning; `thinking_output` by default. */
  reasoning?: Decimal | undefined;
  image_input?: Decimal | undefined;
  audio_input?: Decimal | undefined;
  image_output?: Decimal | undefined;
  audio_output?: Decimal | undefined;
}

/** Rates of prompts with more than `above` tokens. */
export type DeclaredTier = DeclaredRates & { above: number };

/** A price as configurations and catalogues declare it. */
export interface DeclaredPrice extends DeclaredRates {
  currency: string;
  /** By length of the prompt, the longest last; each prices the whole request. */
  tiers?: DeclaredTier[] | undefined;
  off_peak?: DeclaredOffPeak | undefined;
  /** By the vendor's name: a factor, rates of its own, or both. */
  service_tiers?: Record<string, DeclaredServiceTier> | undefined;
  /** What a token of a batch costs of the usual price: 0.5. */
  batch?: Decimal | undefined;
  /** Fees by the piece: `request` for each request, `web_search` for each of the vendor's searches, `image` … */
  fees?: Record<string, Decimal> | undefined;
  /** From when it holds, an ISO date or time; from always by default. */
  valid_from?: string | undefined;
  /** Where it was seen. */
  source?: string | undefined;
}

/** What a model costs: nothing, a price, or prices that follow each other. */
export type DeclaredPrices = "free" | DeclaredPrice | readonly DeclaredPrice[];

/** What is charged for a model: so many times what its provider costs, or a price of its own. */
export type DeclaredCharge = { factor: Decimal } | DeclaredPrices;

/** Rates of its own have input and output at least. */
export interface DeclaredServiceTier extends Optional<DeclaredRates> {
  factor?: Decimal | undefined;
  tiers?: DeclaredTier[] | undefined;
}

/** Outside of its peak a vendor asks for a part of the price. */
export interface DeclaredOffPeak {
  factor: Decimal;
  /** Times of day in UTC such as `01:00-04:00`, on the days of the week named (`mon-fri`; all by default). */
  peak: { hours: string; days?: string | undefined }[];
  /** The country whose public holidays have no peak. */
  holidays?: string | undefined;
}

type Optional<T> = { [Field in keyof T]?: T[Field] | undefined };
