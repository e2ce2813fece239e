import type { Batch } from "../../call/index.ts";
import type { Reader } from "../dialect.ts";

/** A stream that comes as one list is understood, but its bytes are no whole answer, which is what was asked for. */
export function readListsApart(reader: Reader): Reader {
  let first: number | undefined;
  const withoutBytes = (batch: Batch): Batch => ({ raw: undefined, facts: batch.facts, events: () => batch.events() });
  return {
    push(chunk) {
      first ??= chunk[0];
      return reader.push(chunk);
    },
    end: () => (first === openBracket ? withoutBytes(reader.end()) : reader.end()),
    get heldBytes() {
      return reader.heldBytes;
    },
  };
}

const openBracket = 0x5b;
