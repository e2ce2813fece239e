import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A wall clock of a program that a test can set. The machine's own is never touched. */
export interface SettableClock {
  /** What the program's environment needs. */
  env: Record<string, string>;
  /** Sets it to the true time and so many milliseconds; takes effect within a fraction of a second. */
  set(offsetMs: number): Promise<void>;
}

/** By a program that runs before the other: `Date` follows a file. */
export function openScriptClock(folder: string): SettableClock {
  const file = join(folder, `clock-${Bun.randomUUIDv7()}`);
  const program = `${file}.ts`;
  writeFileSync(file, "0");
  writeFileSync(program, followerOf(file));
  return {
    env: { BUN_OPTIONS: `--preload ${program}` },
    async set(offsetMs) {
      writeFileSync(file, String(offsetMs));
      await Bun.sleep(100);
    },
  };
}

const followerOf = (file: string): string => `
import { readFileSync } from "node:fs";
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
let offset = 0;
setInterval(() => {
  try { offset = Number(readFileSync(${JSON.stringify(file)}, "utf8")); } catch {}
}, 20).unref();
globalThis.Date = class extends RealDate {
  constructor(...given) { given.length === 0 ? super(realNow() + offset) : super(...given); }
  static now() { return realNow() + offset; }
};
`;

/** By libfaketime, where the machine has it: native code sees the time, too, and timers do not. */
export function openLibraryClock(folder: string): SettableClock | undefined {
  const library = findLibrary();
  if (library === undefined) return undefined;
  const file = join(folder, `clock-${Bun.randomUUIDv7()}`);
  writeFileSync(file, "+0s\n");
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: "0",
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    async set(offsetMs) {
      const seconds = Math.round(offsetMs / 1_000);
      writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}s\n`);
      await Bun.sleep(100);
    },
  };
}

export const hasClockLibrary = (): boolean => findLibrary() !== undefined;

function findLibrary(): string | undefined {
  const root = "/usr/lib";
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((name) => join(root, name, "faketime", "libfaketimeMT.so.1"))
    .find((path) => existsSync(path));
}
