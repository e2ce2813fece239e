import { dlopen, ptr, read, type Pointer } from "bun:ffi";
import { callNumber, thisMachine, type SystemCall } from "./system-calls.ts";

export interface Libc {
  /** Makes a system call. `result` is what it returned; `errno` is 0 where it succeeded. */
  call(name: SystemCall, ...args: (number | bigint | NodeJS.TypedArray)[]): { result: number; errno: number };
  /** Where the bytes are in memory, for as long as they are held. */
  address(bytes: NodeJS.TypedArray): number;
  /** Replaces this process by another program. Returns only when it fails, with the error's number. */
  execve(path: string, args: readonly string[], environment: readonly string[]): number;
  /** In musl a thread is signalled by its own number alone. */
  isMusl: boolean;
}

/** Opens the system's C library, with which this process runs already. Throws where there is none that is known. */
export function openLibc(): Libc {
  const machine = thisMachine();
  if (!machine) throw new Error(`there are no system calls for ${process.platform} on ${process.arch}`);
  const { symbols, isMusl } = openFirst(machine === "x64" ? "x86_64" : "aarch64");
  const errno = () => read.i32(symbols[errnoPlace]() as Pointer, 0);
  return {
    isMusl,
    call(name, ...args) {
      const number = callNumber(machine, name);
      if (number === null) return { result: -1, errno: noSuchCall };
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args.map((arg) => (typeof arg === "object" ? ptr(arg) : arg));
      const result = Number(symbols.syscall(number, a, b, c, d, e, f));
      return { result, errno: result === -1 ? errno() : 0 };
    },
    address: (bytes) => ptr(bytes),
    execve(path, args, environment) {
      const kept: Buffer[] = [];
      const addressOf = (text: string) => {
        const bytes = Buffer.from(`${text}\0`);
        kept.push(bytes);
        return ptr(bytes);
      };
      // Ends with a null pointer.
      const array = (texts: readonly string[]) => BigUint64Array.from([...texts.map(addressOf), 0].map(BigInt));
      symbols.execve(addressOf(path), ptr(array(args)), ptr(array(environment)));
      return errno();
    },
  };
}

/** ENOSYS. */
export const noSuchCall = 38;

const errnoPlace = "__errno_location";

const functions = {
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
  execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  [errnoPlace]: { args: [], returns: "ptr" },
} as const;

function openFirst(machine: string) {
  const glibc = "libc.so.6";
  let last: unknown;
  for (const name of [glibc, `libc.musl-${machine}.so.1`]) {
    try {
      return { symbols: dlopen(name, functions).symbols, isMusl: name !== glibc };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
