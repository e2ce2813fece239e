// One installation at a time in a folder. The lock is a file, so that it works between processes, containers and machines.
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const lookMs = 500;
/** The holder touches the file this often. */
const beatMs = 2_000;
/** Age of the file from which on its holder counts as dead, whatever it says: a process of another machine cannot be asked. */
const staleMs = 60_000;
/** A machine that wakes up finds an old file whose holder lives; that holder has so much time to touch it. */
const wakeMs = 5_000;
/** After this time a file that was written is the lock: others who saw the same dead holder have removed what they wanted to. */
const settleMs = 200;

/**
 * Waits until no other process has the lock, and takes it; a lock of a process that has ended is no lock. `onWait` is called once
 * with the holder's process id where another has it. Throws the file system's error where the file cannot be written.
 */
export async function takeLock(file, onWait) {
  const own = { host: hostname(), pid: process.pid, since: Date.now() };
  let isTold = false;
  let staleSinceMs;
  for (;;) {
    if (create(file, own)) {
      await sleep(settleMs);
      if (isSame(read(file), own)) return hold(file, own);
      continue;
    }
    const holder = read(file);
    const state = stateOf(file, holder);
    staleSinceMs = state === "old" ? (staleSinceMs ?? Date.now()) : undefined;
    if (state === "dead" || (state === "old" && Date.now() - staleSinceMs > wakeMs)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!isTold && state !== "gone") onWait(holder?.pid);
    isTold = true;
    await sleep(lookMs);
  }
}

function hold(file, own) {
  const beat = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // The folder was removed.
    }
  }, beatMs);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    process.off("exit", release);
    const { host, pid, since } = read(file) ?? {};
    if (isSame({ host, pid, since }, own)) rmSync(file, { force: true });
  };
  process.on("exit", release);
  return {
    release,
    /** Names a process that goes on where this one is killed. */
    alsoHeldBy(child) {
      writeFileSync(file, JSON.stringify({ ...own, child }));
    },
  };
}

function create(file, own) {
  try {
    writeFileSync(file, JSON.stringify(own), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    if (error.code === "ENOSPC") rmSync(file, { force: true }); // it is there and empty
    throw error;
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // gone, or not yet written
  }
}

function stateOf(file, holder) {
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) return "gone";
  if (holder?.host === hostname() && ![holder.pid, holder.child].some(isAlive)) return "dead";
  return Date.now() - mtimeMs > staleMs ? "old" : "held";
}

function isSame(one, other) {
  return one?.host === other.host && one.pid === other.pid && one.since === other.since;
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM"; // another user's
  }
}
