import type { Given, Told } from "../../planner/sheet/index.ts";
import { UsageError } from "../command-error.ts";
import type { Question } from "./plan-schema.ts";

/** What is meant where a plan does not say it. */
export const usual = { model: "deepseek-v3", country: "US", hardware: "h100-sxm", currency: "USD", years: 3 };

/** A value that a person has given, without a range. */
export function given(value: Given): Told {
  return { low: value, likely: value, high: value, source: "given" };
}

export function toldOf(told: {
  low: Given;
  likely: Given;
  high: Given;
  source?: string | undefined;
  date?: string | undefined;
}): Told {
  return { ...told, source: told.source ?? "given" };
}

/** The error for a question that lacks what it needs. */
export function missing(question: Question, field: string, what: string): UsageError {
  return new UsageError(`Cannot plan ${question}: ${field} is missing: ${what}`);
}
