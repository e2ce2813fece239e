/** What became of the restriction of files; the engine's process gets it from the program that started it. */
export interface Restriction {
  /** Null when they are restricted, else why not. */
  files: string | null;
}

export type SandboxMode = "auto" | "require" | "off";

/** The environment variable that holds a Restriction as JSON. */
export const restrictionVariable = "SAHAB_ENGINE_RESTRICTION";
