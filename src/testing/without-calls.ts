// Runs a program in a system without some system calls: `bun without-calls.ts landlock_create_ruleset,seccomp 38 PROGRAM ARG …`.
// The second argument is the error's number that they give.
import { openLibc } from "../engine/sandbox/libc.ts";
import { callNumber, thisMachine, type SystemCall } from "../engine/sandbox/system-calls.ts";

const [names = "", errno = "38", ...command] = process.argv.slice(2);
const libc = openLibc();
const machine = thisMachine() ?? "x64";
const code = [[0x20, 0, 0, 0]];
for (const name of names.split(",") as SystemCall[])
  code.push([0x15, 0, 1, callNumber(machine, name) ?? -1], [0x06, 0, 0, 0x0005_0000 + Number(errno)]);
code.push([0x06, 0, 0, 0x7fff_0000]);
const bytes = Buffer.alloc(code.length * 8);
for (const [index, [operation = 0, ifTrue = 0, ifFalse = 0, value = 0]] of code.entries()) {
  bytes.writeUInt16LE(operation, index * 8);
  bytes.writeUInt8(ifTrue, index * 8 + 2);
  bytes.writeUInt8(ifFalse, index * 8 + 3);
  bytes.writeUInt32LE(value, index * 8 + 4);
}
libc.call("prctl", 38, 1, 0, 0, 0);
libc.call("seccomp", 1, 0, BigUint64Array.of(BigInt(code.length), BigInt(libc.address(bytes))));
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
throw new Error(`execve failed: ${libc.execve(process.execPath, [process.execPath, ...command], environment)}`);
