// What an installation has done so far, seen from outside: npm itself says nothing while it fetches.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const lookMs = 1_000;
/** Between two lines where there is no terminal. */
const sayMs = 10_000;

/**
 * Looks at a folder while npm fills it. Says how far it is: in one line of a terminal, else now and then. `patience` bounds how long
 * nothing may happen: after `sayMs` that is said, after `stopMs` `onStop` is called.
 * @param {{ folder: string, paths: string[], stream: NodeJS.WriteStream, patience: { sayMs: number, stopMs: number },
 *   stallText: (seconds: number) => string, onStop: () => void }} options `paths` are the packages, relative to the folder
 */
export function watchProgress({ folder, paths, stream, patience, stallText, onStop }) {
  const sizes = new Map();
  const settled = new Set();
  let fetches = 0;
  let changedMs = performance.now();
  let saidMs = performance.now();
  let isStallSaid = false;
  let isLineOpen = false;

  const look = () => {
    for (const path of paths) {
      if (settled.has(path)) continue;
      const bytes = folderBytes(join(folder, path));
      if (bytes === undefined || bytes === 0) continue; // npm makes all folders first
      // Complete once it no longer grows, so that a look costs little.
      if (bytes === sizes.get(path)) settled.add(path);
      sizes.set(path, bytes);
    }
    return { count: sizes.size, megabytes: Math.round([...sizes.values()].reduce((sum, it) => sum + it, 0) / 1e6) };
  };
  const stateNow = () => `${sizes.size} ${[...sizes.values()].join(" ")} ${fetches}`;
  const say = (text) => {
    if (isLineOpen) stream.write("\r\x1b[K");
    isLineOpen = false;
    stream.write(`${text}\n`);
  };
  look();
  // What was there before is no progress.
  let seen = stateNow();
  const timer = setInterval(() => {
    const { count, megabytes } = look();
    const now = performance.now();
    const state = stateNow();
    if (state !== seen) {
      seen = state;
      changedMs = now;
      isStallSaid = false;
    }
    const silentMs = now - changedMs;
    if (silentMs > patience.stopMs) return onStop();
    if (silentMs > patience.sayMs && !isStallSaid) {
      isStallSaid = true;
      say(stallText(Math.round(silentMs / 1_000)));
    }
    const text = `${count} of ${paths.length} packages, ${megabytes} MB`;
    if (stream.isTTY) {
      stream.write(`\r\x1b[K  ${text} …`);
      isLineOpen = true;
    } else if (now - saidMs > sayMs) {
      saidMs = now;
      say(`  ${text} …`);
    }
  }, lookMs);
  return {
    fetched: () => fetches++,
    /** Ends the watch; what is there now. */
    end() {
      clearInterval(timer);
      if (isLineOpen) stream.write("\r\x1b[K");
      return look();
    },
  };
}

/** Bytes of a package's own files, or undefined where there is no such folder. */
function folderBytes(folder) {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += entry.name === "node_modules" ? 0 : (folderBytes(path) ?? 0);
      else if (entry.isFile()) bytes += lstatSync(path).size;
    }
    return bytes;
  } catch {
    return undefined; // not there yet, or npm is moving it
  }
}
