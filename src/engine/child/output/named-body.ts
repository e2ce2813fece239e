import type { CallableTools, CallBody, ReadCall } from "./rules.ts";
import { headCharsMax } from "./rules.ts";
import { jsonSyntax, scanValue } from "./value-scan.ts";

interface NamedOptions {
  /** All that comes before the arguments. The group `name` is the tool's name, with what `functions.…:0` adds to it. */
  head: RegExp;
  /** What the call begins with, so that another text is known early. */
  opening?: string;
  /** Ends a name with which the call begins, so that another text is known at its first word. */
  nameEnd?: RegExp;
  tags?: readonly string[];
}

/** A call as a name and, after it, an object of arguments: `name[ARGS]{…}`. */
export function namedBody({ head, opening = "", nameEnd, tags = [] }: NamedOptions): CallBody {
  return {
    tags,
    start(tools) {
      let scan: ReturnType<typeof scanValue> | undefined;
      let name: string | undefined;
      let open = 0;
      return {
        scan(text) {
          if (!scan) {
            if (!text.startsWith(opening)) return opening.startsWith(text) ? "open" : "none";
            open = text.slice(0, headCharsMax).indexOf("{");
            const length = nameEnd ? text.search(nameEnd) : -1;
            if (length !== -1 && offeredName(text.slice(0, length), tools) === undefined) return "none";
            if (open === -1) return text.length >= headCharsMax ? "none" : "open";
            name = offeredName(head.exec(text.slice(0, open))?.groups?.["name"], tools);
            if (name === undefined) return "none";
            scan = scanValue(jsonSyntax, open);
          }
          return scan(text);
        },
        read(text, how): ReadCall | undefined {
          if (name === undefined || how === "ended") return undefined;
          const json = text.slice(open);
          return how === "cut" || isJson(json) ? { name, arguments: json } : undefined;
        },
      };
    },
  };
}

/** The name of the tool that is meant. Some models name its namespace and number its calls: `functions.search:0`. */
export function offeredName(written: string | undefined, tools: CallableTools): string | undefined {
  if (written === undefined) return undefined;
  const plain = written.trim().replace(/:\d+$/, "");
  return [written.trim(), plain, plain.replace(/^(?:functions?|default_api)\./, "")].find((name) => tools.has(name));
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
