import type { HostedTool } from "./hosted-tools.ts";
import type { JsonScan } from "./json-scan.ts";
import type { OpenedBody } from "./open-body.ts";

/** What opening a request finds in every dialect. It can be sent to another thread. */
export interface FoundFields {
  scan: JsonScan;
  model: string;
  stream: boolean;
  promptBytes: number;
  hostedTools: readonly HostedTool[];
}

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
}
