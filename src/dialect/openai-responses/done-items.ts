import type { Batch } from "../../call/index.ts";
import { asBuffer } from "../json-scan.ts";
import { editEvents } from "../raw-answer.ts";
import { findResponse } from "./keeping-state.ts";

/** The items that a stream has told in full. Some vendors leave them out of the response at its end. */
export class DoneItems {
  readonly all: string[] = [];
  bytes = 0;

  note({ raw, facts }: Batch): void {
    if (!raw || facts.isEnd || !asBuffer(raw).includes(done)) return;
    editEvents(raw, (data) => {
      const scan = findResponse(data);
      const type = scan?.fields.get("type");
      const item = scan?.fields.get("item");
      if (!type || !item || asBuffer(data).toString("latin1", type.start, type.end) !== done) return undefined;
      if (data[item.start] !== openBrace) return undefined;
      const json = asBuffer(data).toString("utf8", item.start, item.end);
      this.all.push(json);
      this.bytes += json.length;
      return undefined;
    });
  }
}

const done = '"response.output_item.done"';
const openBrace = 0x7b;
