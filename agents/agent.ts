/** What an agent's arguments may need. */
export interface Place {
  /** An empty home of its own, where `sahab connect` has written its settings. */
  home: string;
  model: string;
}

/**
 * A coding agent as its users install and run it. To add one, write a file like its neighbours and name it in
 * `programs/index.ts`.
 */
export interface Agent {
  /** `--only` takes it. */
  name: string;
  title: string;
  from: "npm" | "PyPI";
  /** The package, and what else must be installed beside it. */
  package: string;
  besides?: readonly string[];
  version: string;
  /** Its executable. */
  program: string;
  /** A script of the package, without which it does not run, and which downloads nothing: `node` runs it once. */
  finish?: string;
  /** The wire format that it speaks, as cloud.yaml calls it. */
  api: "chat" | "messages" | "responses" | "gemini";
  /** What `sahab connect` calls it. */
  connect: string;
  /** Settings of its own that keep it from calling home and from asking; files are relative to the home, and there first. */
  env?: Record<string, string>;
  files?: Record<string, string>;
  /** Arguments of a run without a person. */
  run(prompt: string, place: Place): string[];
  /** The same for a second prompt in the same conversation, where it can do that. */
  goOn?(prompt: string, place: Place): string[];
  /** How it writes a file. */
  writes: Writing;
  /** What goes wrong before each of the model's turns; by default `usualFaults`. */
  faults?: readonly (readonly Fault[])[];
}

/** By calling one of its tools, or by saying it in its own format of edits. */
export type Writing =
  | { by: "tool"; tool: string; arguments(file: string, text: string): Record<string, unknown> }
  | { by: "text"; say(file: string, text: string): string };

/** `busy`: the vendor answers 503. `cut`: a stream ends before it has said anything. */
export type Fault = "busy" | "cut";

/**
 * Sahab asks a vendor twice. So the first two turns have a failure that the agent never sees, and before the last it sees
 * one and has to ask again by itself.
 */
export const usualFaults: readonly (readonly Fault[])[] = [["busy"], ["cut"], ["busy", "busy"]];
