// One installation at a time in a folder. The lock is a file, so that it works between processes, containers and machines.
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const lookMs = 500;
/** The holder touches the file this often. */
const beatMs = 2_000;
/** Age of the file from which on its holder may be dead, where a process of this machine has the number of one that touches it. */
const untouchedMs = 3 * beatMs;
/** The same whatever is known of its holder: a process of another machine cannot be asked, and clocks differ. */
const staleMs = 60_000;
/** A machine that wakes up finds an old file whose holder lives; that holder has so much time to touch it. */
const wakeMs = 5_000;
/** After this time a file that was written is the lock: others who saw the same dead holder have removed what they wanted to. */
const settleMs = 200;

/** Whether another process may be at work: one that lives for certain, or one that has touched the file lately. */
export function isHeld(file) {
  const holder = read(file);
  const { life, ageMs } = inspect(file, holder);
  return life === "alive" || (life === "unknown" && ageMs < untouchedMs);
}

/**
 * Waits until no other process has the lock, and takes it; a lock of a process that has ended is no lock. `onWait` is called once
 * with the holder's process id where another has it. Throws the file system's error where the file cannot be written.
 */
export async function takeLock(file, onWait) {
  const own = { host: hostname(), pid: process.pid, start: startOf(process.pid), since: Date.now() };
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
      writeFileSync(file, JSON.stringify({ ...own, child, childStart: startOf(child) }));
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
  const { life, ageMs } = inspect(file, holder);
  if (life === "gone" || life === "dead") return life;
  const isAlike = life === "unknown" && holder?.host === hostname();
  return ageMs > (isAlike ? untouchedMs : staleMs) ? "old" : "held";
}

/** What is known of a lock's holder, and how long ago the file was touched. */
function inspect(file, holder) {
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) return { life: "gone", ageMs: 0 };
  const ageMs = Date.now() - mtimeMs;
  if (holder?.host !== hostname()) return { life: "unknown", ageMs };
  const lives = new Set([lifeOf(holder.pid, holder.start), lifeOf(holder.child, holder.childStart)]);
  return { life: ["alive", "unknown"].find((it) => lives.has(it)) ?? "dead", ageMs };
}

function isSame(one, other) {
  return one?.host === other.host && one.pid === other.pid && one.since === other.since;
}

/** "unknown" where a process has this number, and it cannot be said whether it is the same one. */
function lifeOf(pid, start) {
  // This process waits for the lock: the one that had its number was in an earlier run of this container.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return "dead";
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== "EPERM") return "dead"; // else it is another user's
  }
  const now = startOf(pid);
  if (now === undefined || start === undefined) return "unknown";
  return now === start ? "alive" : "dead";
}

/** When a process started, so that another with the same number is told from it: no clock, which may be set. Only Linux says it. */
function startOf(pid) {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // The name before it may hold spaces and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
