import { showText } from "../../base/printable.ts";
import { UsageError } from "../command-error.ts";

/** A text that cannot be meant where it was written; `fault` says why and what is allowed, without the text. */
export class FieldFault extends UsageError {
  readonly fault: string;
  readonly why: string;

  constructor(text: string, why: string, allowed: string) {
    const fault = `${why}${why.endsWith("?") ? " Allowed" : "; allowed"} is ${allowed}`;
    super(`Cannot read ${showText(text)}: ${fault}`);
    this.fault = fault;
    this.why = why;
  }
}
