import type { Extras } from "../call/index.ts";
import { findExtras } from "./find-extras.ts";
import type { HostedTool } from "./hosted-tools.ts";
import { asBuffer, type JsonScan } from "./json-scan.ts";
import { readLabels, type BodyLabels } from "./labels.ts";
import type { OpenedBody } from "./open-body.ts";

/** What opening a request finds in every dialect. It can be sent to another thread. */
export interface FoundFields {
  scan: JsonScan;
  model: string;
  stream: boolean;
  promptBytes: number;
  hostedTools: readonly HostedTool[];
}

const nameBytesMax = 1024;

/** A request of which the fields that the path reads have been found, here or on another thread. */
export abstract class FoundRequest<Found extends FoundFields> implements OpenedBody {
  readonly body: Uint8Array;
  readonly found: Found;

  constructor(body: Uint8Array, found: Found) {
    this.body = body;
    this.found = found;
  }

  get scan(): JsonScan {
    return this.found.scan;
  }

  get model(): string {
    return this.found.model;
  }

  get stream(): boolean {
    return this.found.stream;
  }

  get promptBytes(): number {
    return this.found.promptBytes;
  }

  /** See `OutgoingCall`. */
  get conversation(): string | undefined {
    return this.textOf("prompt_cache_key");
  }

  /** See `OpenedRequest`. */
  labels(): BodyLabels | undefined {
    return readLabels(this);
  }

  /** See `OutgoingCall`. */
  extras(): Extras {
    return findExtras(this);
  }

  /** A field as it is in the body; undefined where it is absent, or longer than a name. */
  protected textOf(name: string): string | undefined {
    const field = this.scan.fields.get(name);
    return field && field.end - field.start <= nameBytesMax
      ? asBuffer(this.body).toString("utf8", field.start, field.end)
      : undefined;
  }
}
