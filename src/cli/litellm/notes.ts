/** What became of a setting. */
export type Fate = "taken over" | "changed" | "left out";

/** Where a note is told as a comment in the cloud.yaml. */
export interface NotePlace {
  kind: "provider" | "model" | "file";
  name: string;
}

export interface Note {
  fate: Fate;
  /** The setting, by LiteLLM's name. */
  setting: string;
  /** What stands for it in the cloud.yaml; empty where nothing does. */
  becomes: string;
  /** Why, and what to do. */
  advice: string;
}

/** What became of one setting wherever it was found. */
export interface ToldNote extends Note {
  /** The models or providers that have it. */
  of: string[];
}

/** Gathers what became of each setting. No value of a file is put in here but names of models, vendors and variables. */
export class Notes {
  readonly #told = new Map<string, ToldNote>();
  readonly #comments = new Map<string, Set<string>>();

  add(note: Note, place?: NotePlace): void {
    const key = JSON.stringify([note.fate, note.setting, note.becomes, note.advice]);
    const told = this.#told.get(key) ?? { ...note, of: [] };
    this.#told.set(key, told);
    if (place !== undefined && place.kind !== "file" && !told.of.includes(place.name)) told.of.push(place.name);
    if (place === undefined || note.fate === "taken over" || note.advice === "") return;
    const at = `${place.kind} ${place.name}`;
    const lines = this.#comments.get(at) ?? new Set();
    this.#comments.set(at, lines.add(`${note.setting}: ${note.advice}`));
  }

  /** Those that were left out first, since they need somebody to act. */
  list(): ToldNote[] {
    const order: Fate[] = ["left out", "changed", "taken over"];
    return [...this.#told.values()].toSorted((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
  }

  commentsOf({ kind, name }: NotePlace): string[] {
    return [...(this.#comments.get(`${kind} ${name}`) ?? [])];
  }
}

/** More would make the table wider than a terminal; JSON has all of them. */
const namesMax = 2;

/** The setting and whose it is, as a table shows it. */
export function describePlace({ setting, of }: ToldNote): string {
  if (of.length === 0) return setting;
  const more = of.length > namesMax ? ` and ${of.length - namesMax} more` : "";
  return `${setting} (${of.slice(0, namesMax).join(", ")}${more})`;
}
