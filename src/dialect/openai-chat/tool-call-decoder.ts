import { newId } from "../../base/ids.ts";
import type { ChatEvent } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** Whether a delta says anything of calls. */
export function hasToolCalls({ tool_calls: calls, function_call: legacy }: JsonObject): boolean {
  return (Array.isArray(calls) && calls.some(isObject)) || isObject(legacy);
}

interface OpenCall {
  index: number;
  id: string;
  name: string;
  hasStarted: boolean;
  /** Arguments that came before the name. */
  early: string;
}

/** What the calls of all choices take that is remembered until the answer ends. */
export interface Remembered {
  chars: number;
}

/** More calls than any choice has. */
const callsMax = 4096;
/** Ids, names and early arguments of an answer's calls. Some servers put a proof of thousands of letters into an id. */
const rememberedCharsMax = 4 * 1024 * 1024;

/**
 * The tool calls of one choice. Vendors differ: some leave out the index, or give every call index 0 with another id;
 * some leave out the id, or repeat id and name in each chunk; legacy servers send one `function_call`.
 * Calls are numbered from 0 in the order in which they begin; a call starts when its name is known.
 */
export class ToolCallDecoder {
  readonly #choice: number;
  /** The call that each index on the wire means now. */
  readonly #byWireIndex = new Map<number, OpenCall>();
  readonly #calls: OpenCall[] = [];
  #lastWireIndex = -1;
  readonly #remembered: Remembered;

  constructor(choice: number, remembered: Remembered) {
    this.#choice = choice;
    this.#remembered = remembered;
  }

  /** Adds to `events` what a delta says of calls. Returns what is wrong with it, if anything. */
  decode(delta: JsonObject, events: ChatEvent[]): string | undefined {
    const list = delta["tool_calls"];
    if (Array.isArray(list)) {
      for (const item of list) if (isObject(item)) this.#decodeOne(item, item["function"], events);
    } else if (isObject(delta["function_call"])) {
      this.#decodeOne({ index: 0 }, delta["function_call"], events);
    }
    if (this.#calls.length > callsMax) return `answer has more than ${callsMax} tool calls in one choice`;
    if (this.#remembered.chars > rememberedCharsMax)
      return `answer has more than ${rememberedCharsMax} characters of ids and names of tool calls`;
    return undefined;
  }

  /** Starts what never got a name. */
  end(events: ChatEvent[]): void {
    for (const call of this.#calls) if (!call.hasStarted) this.#start(call, events);
  }

  #decodeOne(item: JsonObject, described: unknown, events: ChatEvent[]): void {
    const fields = isObject(described) ? described : {};
    const id = readText(item["id"]);
    const name = readText(fields["name"]);
    const call = this.#find(item["index"], id, name);
    if (!call.hasStarted) this.#remembered.chars += id.length + name.length;
    if (id !== "" && !call.hasStarted) call.id = id;
    if (name !== "" && !call.hasStarted) {
      call.name = name;
      this.#start(call, events);
    }
    const text = readArguments(fields["arguments"]);
    if (text === "") return;
    if (call.hasStarted)
      events.push({ type: "tool-call-delta", choice: this.#choice, index: call.index, arguments: text });
    else {
      call.early += text;
      this.#remembered.chars += text.length;
    }
  }

  #find(wireIndex: unknown, id: string, name: string): OpenCall {
    const hasIndex = typeof wireIndex === "number" && Number.isInteger(wireIndex);
    const last = this.#byWireIndex.get(this.#lastWireIndex);
    // Without an index, a name under another id (or none) begins the next call and anything else continues the last.
    const isNext = !hasIndex && (last === undefined || (name !== "" && (id === "" || id !== last.id)));
    const index = hasIndex ? wireIndex : isNext ? this.#lastWireIndex + 1 : this.#lastWireIndex;
    this.#lastWireIndex = index;
    const known = this.#byWireIndex.get(index);
    const isOther = known !== undefined && known.hasStarted && id !== "" && id !== known.id && name !== "";
    if (known !== undefined && !isOther) return known;
    const call: OpenCall = { index: this.#calls.length, id, name: "", hasStarted: false, early: "" };
    this.#calls.push(call);
    this.#byWireIndex.set(index, call);
    return call;
  }

  #start(call: OpenCall, events: ChatEvent[]): void {
    call.hasStarted = true;
    if (call.id === "") call.id = newId("call");
    events.push({ type: "tool-call-start", choice: this.#choice, index: call.index, id: call.id, name: call.name });
    if (call.early !== "")
      events.push({ type: "tool-call-delta", choice: this.#choice, index: call.index, arguments: call.early });
  }
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Ollama sends arguments as an object. */
function readArguments(value: unknown): string {
  return isObject(value) ? JSON.stringify(value) : readText(value);
}
