import { callNumber, newestKnownCall, refusedCalls, type Machine, type SystemCall } from "./system-calls.ts";

/**
 * The seccomp program of an engine that has started: classic BPF, eight bytes an instruction. What it does not need is refused
 * with EPERM. It is a list of what is refused and not of what is allowed, because the runtime and GPU drivers use many
 * calls that differ by version; calls that are newer than the list do not exist for it (ENOSYS, as on an older kernel).
 */
export function callFilter(machine: Machine, options: { pid: number; isMusl: boolean }): Uint8Array {
  const code: Instruction[] = [];
  const when = (name: SystemCall, body: Instruction[]) => {
    const number = callNumber(machine, name);
    if (number !== null) code.push(jumpUnlessEqual(number, body.length), ...body);
  };

  code.push(load(at.machine), skipIfEqual(machineCodes[machine]), returns(kill), load(at.number));
  // Numbers of the x32 interface reach the same calls past a list of others.
  if (machine === "x64") code.push(skipIfBelow(0x4000_0000), returns(kill));
  code.push(skipIfBelow(newestKnownCall + 1), returns(refuse(noSuchCall)));
  // Its flags are in memory, which a filter does not see. C libraries then use clone.
  when("clone3", [returns(refuse(noSuchCall))]);
  // Threads, but no processes.
  when("clone", [load(argument(0)), skipIfAnyBit(cloneThread), returns(denied), returns(allow)]);
  for (const name of ["socket", "socketpair"] as const)
    when(name, [
      load(argument(0)),
      skipIfEqual(unixFamily),
      returns(denied),
      load(argument(1)),
      and(socketTypeMask),
      skipIfEqual(streamSocket),
      returns(denied),
      returns(allow),
    ]);
  // What Landlock keeps from other processes, and what it cannot keep: their limits and priorities.
  for (const name of toOwnProcess)
    when(name, [load(argument(0)), skipIfEqual(options.pid), returns(denied), returns(allow)]);
  for (const [name, index] of toOwnProcessOrNone)
    when(name, [load(argument(index)), jumpIfEqual(0, 2), skipIfEqual(options.pid), returns(denied), returns(allow)]);
  // Both would type into the terminal that Sahab was started from.
  when("ioctl", [
    load(argument(1)),
    jumpIfEqual(typeIntoTerminal, 1),
    skipIfNotEqual(consoleCommand),
    returns(denied),
    returns(allow),
  ]);
  for (const name of Object.keys(refusedCalls) as (keyof typeof refusedCalls)[]) when(name, [returns(denied)]);
  if (!options.isMusl) when("tkill", [returns(denied)]);
  code.push(returns(allow));
  return encode(code);
}

/** Only with the own process's number. */
const toOwnProcess = ["kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"] as const;
/** With the own process's number or none, in the argument given. */
const toOwnProcessOrNone = [
  ["prlimit64", 0],
  ["sched_setaffinity", 0],
  ["sched_setattr", 0],
  ["sched_setparam", 0],
  ["sched_setscheduler", 0],
  ["setpriority", 1],
  ["ioprio_set", 1],
  ["migrate_pages", 0],
  ["move_pages", 0],
] as const;

/** Code, jump if true, jump if false, value. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const and = (mask: number): Instruction => [0x54, 0, 0, mask];
const returns = (value: number): Instruction => [0x06, 0, 0, value];
const skipIfEqual = (value: number): Instruction => [0x15, 1, 0, value];
const skipIfNotEqual = (value: number): Instruction => [0x15, 0, 1, value];
const jumpIfEqual = (value: number, count: number): Instruction => [0x15, count, 0, value];
const jumpUnlessEqual = (value: number, count: number): Instruction => [0x15, 0, count, value];
const skipIfBelow = (value: number): Instruction => [0x35, 0, 1, value];
const skipIfAnyBit = (mask: number): Instruction => [0x45, 1, 0, mask];

/** Offsets in seccomp_data. Arguments have eight bytes, of which the kernel reads the lower four where it takes an int. */
const at = { number: 0, machine: 4 } as const;
const argument = (index: number) => 16 + index * 8;

const machineCodes: Record<Machine, number> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
const allow = 0x7fff_0000;
const kill = 0x8000_0000;
const refuse = (errno: number) => 0x0005_0000 + errno;
const noSuchCall = 38;
const denied = refuse(1);

const cloneThread = 0x0001_0000;
const unixFamily = 1;
const streamSocket = 1;
/** Above it are flags, such as SOCK_CLOEXEC. */
const socketTypeMask = 0xf;
const typeIntoTerminal = 0x5412;
const consoleCommand = 0x541c;

function encode(code: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(code.length * 8);
  for (const [index, [operation, ifTrue, ifFalse, value]] of code.entries()) {
    bytes.writeUInt16LE(operation, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}
