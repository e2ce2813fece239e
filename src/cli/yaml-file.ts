import { readFile } from "node:fs/promises";
import { showFieldName } from "../base/printable.ts";
import { resolveUserPath } from "../base/user-path.ts";
import type { PlacedProblem, Position } from "../config/index.ts";
import { cannotRead } from "./cannot-read.ts";
import { CommandError } from "./command-error.ts";

/** A document of this machine in YAML, or the same in JSON. */
export interface YamlFile {
  parsed: unknown;
  /** A line for a problem: file, line, column, place and what is wrong. */
  describe(problem: PlacedProblem): string;
}

/** Reads a file; `-` is standard input. Throws a CommandError that says where it is no YAML. */
export async function readYamlFile(file: string): Promise<YamlFile> {
  const bytes = await readBytes(file);
  const shown = file === "-" ? "standard input" : file;
  const config = await import("../config/index.ts");
  let text = "";
  let parsed: unknown;
  try {
    text = config.decodeYamlText(bytes);
    parsed = config.readCloudYaml(text);
  } catch (cause) {
    if (!(cause instanceof config.CloudYamlError)) throw cause;
    const { fault, position } = cause;
    const place = position ? `${shown}:${position.line}:${position.column}` : shown;
    const picture = position && text !== "" ? `\n${drawLine(text, position)}` : "";
    throw new CommandError(`${place}: this is not YAML: ${fault}${picture}`, { cause });
  }
  // Reading a text once more takes a while, and most have no problem.
  let locate: ReturnType<typeof config.locatorFor> | undefined;
  const describe = ({ path, message }: PlacedProblem): string => {
    locate ??= config.locatorFor(text);
    const position = path === "" ? undefined : locate(path);
    const place = position ? `${shown}:${position.line}:${position.column}` : shown;
    return `${place}: ${path === "" ? "" : `${path}: `}${message}`;
  };
  return { parsed, describe };
}

/** The bytes of a file, or of standard input. Throws a CommandError where it cannot be read. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return file === "-" ? await Bun.stdin.bytes() : await readFile(resolveUserPath(file));
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

const charsBefore = 80;
const charsAfter = 40;

/** The line at fault with a mark below it. What may be a key is not shown: output of commands is kept by those that run them. */
function drawLine(text: string, { line, column }: Position): string {
  const whole = (text.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const hidden = whole
    .replace(
      /((?:key|keys|secret|token|password|authorization|headers)["']?\s*:\s+)(.+)$/i,
      (_all, field: string, value: string) => field + "*".repeat(value.length),
    )
    .replaceAll(/[^\s"',:[\]{}]+/g, (word) => (showFieldName(word) === word ? word : "*".repeat(word.length)))
    .replaceAll("\t", "→");
  const from = Math.max(0, column - 1 - charsBefore);
  const shown = hidden.slice(from, column - 1 + charsAfter);
  const margin = String(line);
  return `  ${margin} | ${shown}\n  ${" ".repeat(margin.length)} | ${" ".repeat(column - 1 - from)}^`;
}
