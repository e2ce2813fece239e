import { stat } from "node:fs/promises";
import type { Log } from "../../base/log.ts";
import type { SecretSources } from "../../base/secret-sources.ts";
import { readSecret } from "./read-secret.ts";
import { parseSecretReference } from "./reference.ts";

/** A changed file is read within this time. */
const lookMs = 1_000;
/** Commands run so often, as nothing tells when their answer changes; a vendor that refuses the key makes them run at once. */
const commandsMs = 5 * 60_000;
/** Vendors that refuse a key again and again make it be read no more often than this. */
const renewMs = 5_000;
/** A configuration waits so long for its secrets; those that come later are taken over then. */
const loadMs = 8_000;
const readsAtOnceMax = 8;

interface Entry {
  value: string | undefined;
  /** The last thing that was wrong, which is told once. */
  fault: string | undefined;
  stamp: string;
  readMs: number;
  reading: Promise<void> | undefined;
}

/**
 * The secrets that a configuration refers to, as they were last read. One that cannot be read anew stays as it was. `onChanged` is
 * called where a value is another one than before, outside of `load`.
 */
export class ReferencedSecrets {
  readonly #sources: SecretSources;
  readonly #log: Log;
  readonly #onChanged: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(deps: { sources: SecretSources; log: Log; onChanged: () => void }) {
    this.#sources = deps.sources;
    this.#log = deps.log;
    this.#onChanged = deps.onChanged;
  }

  valueOf(reference: string): string | undefined {
    return this.#entries.get(reference)?.value;
  }

  /** Reads those that are not known, and forgets all others. */
  async load(references: Iterable<string>): Promise<void> {
    const wanted = new Set(references);
    for (const known of this.#entries.keys()) if (!wanted.has(known)) this.#entries.delete(known);
    const unknown = [...wanted].filter((reference) => !this.#entries.has(reference));
    if (unknown.length === 0) return;
    const reading = this.#readAll(unknown);
    const isInTime = await Promise.race([reading.then(() => true), Bun.sleep(loadMs).then(() => false)]);
    if (!isInTime) void this.#tell(reading);
  }

  /** Reads them anew, as a vendor refuses what they were. */
  async renew(references: readonly string[]): Promise<void> {
    const nowMs = performance.now();
    const due = references.filter((reference) => {
      const entry = this.#entries.get(reference);
      return entry !== undefined && (entry.reading !== undefined || nowMs - entry.readMs >= renewMs);
    });
    await this.#readAndTell(due);
    await this.#look();
  }

  run(): void {
    this.#timers.push(
      setInterval(() => void this.#look(), lookMs),
      setInterval(() => void this.#readAndTell(this.#ofKind("exec")), commandsMs),
    );
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #ofKind(kind: "file" | "exec"): string[] {
    return [...this.#entries.keys()].filter((reference) => parseSecretReference(reference)?.kind === kind);
  }

  async #look(): Promise<void> {
    const changed: string[] = [];
    for (const reference of this.#ofKind("file"))
      if ((await stampOf(reference)) !== this.#entries.get(reference)?.stamp) changed.push(reference);
    await this.#readAndTell(changed);
  }

  #readAndTell(references: readonly string[]): Promise<void> {
    return this.#tell(this.#readAll(references));
  }

  async #tell(reading: Promise<boolean>): Promise<void> {
    if (await reading) this.#onChanged();
  }

  /** Whether a value changed. */
  async #readAll(references: readonly string[]): Promise<boolean> {
    const before = references.map((reference) => this.valueOf(reference));
    const left = [...references];
    const readNext = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await this.#read(next);
    };
    await Promise.all(Array.from({ length: Math.min(readsAtOnceMax, left.length) }, readNext));
    return references.some((reference, index) => this.valueOf(reference) !== before[index]);
  }

  /** Whoever asks while it is read waits for that reading. */
  #read(reference: string): Promise<void> {
    const entry = this.#entries.get(reference) ?? {
      value: undefined,
      fault: undefined,
      stamp: "",
      readMs: 0,
      reading: undefined,
    };
    this.#entries.set(reference, entry);
    entry.reading ??= this.#readInto(entry, reference).finally(() => (entry.reading = undefined));
    return entry.reading;
  }

  async #readInto(entry: Entry, reference: string): Promise<void> {
    const stamp = await stampOf(reference);
    try {
      entry.value = await readSecret(reference, this.#sources);
      entry.fault = undefined;
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      const effect =
        entry.value === undefined ? "the providers that use it are not called" : "the last one stays in use";
      if (fault !== entry.fault) this.#log.warn({ reference, reason: fault }, `a secret cannot be read; ${effect}`);
      entry.fault = fault;
    }
    // Not before: whoever finds the file as it was last read must find its value, too.
    entry.stamp = stamp;
    entry.readMs = performance.now();
  }
}

/** Changes when a file does; the same for all that is no file. */
async function stampOf(text: string): Promise<string> {
  const reference = parseSecretReference(text);
  if (reference?.kind !== "file") return "";
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(reference.path, { bigint: true });
    return `${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`;
  } catch {
    return "none";
  }
}
