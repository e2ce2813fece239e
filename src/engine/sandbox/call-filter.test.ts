import { describe, expect, test } from "bun:test";
import { callFilter } from "./call-filter.ts";
import { callNumber, newestKnownCall, refusedCalls, type Machine, type SystemCall } from "./system-calls.ts";

const machines: [Machine, number][] = [
  ["x64", 0xc000_003e],
  ["arm64", 0xc000_00b7],
];
const denied = 0x0005_0001;
const missing = 0x0005_0026;
const allowed = 0x7fff_0000;
const killed = 0x8000_0000;
const pid = 4711;

for (const [machine, code] of machines) {
  describe(`the filter of calls on ${machine}`, () => {
    const filter = callFilter(machine, { pid, isMusl: false });
    const run = (name: SystemCall, ...args: number[]) => {
      const number = callNumber(machine, name);
      return number === null ? denied : interpret(filter, { number, machine: code, args });
    };

    test("refuses what an engine does not need, whatever the arguments", () => {
      for (const name of Object.keys(refusedCalls) as SystemCall[])
        for (const args of [[], [0], [-1, -1, -1], [pid, pid]])
          expect([name, run(name, ...args)]).toEqual([name, denied]);
    });

    test("leaves sockets and threads of its own, and signals to itself", () => {
      expect(run("socket", 1, 1 | 0o2000000 | 0o4000)).toBe(allowed);
      expect(run("socket", 1, 2)).toBe(denied);
      for (const family of [0, 2, 10, 16, 17, 40]) expect(run("socket", family, 1)).toBe(denied);
      expect(run("socketpair", 1, 1)).toBe(allowed);
      expect(run("socketpair", 1, 2)).toBe(denied);
      expect(run("clone", 0x003d_0f00)).toBe(allowed);
      expect(run("clone", 17)).toBe(denied);
      expect(run("clone3")).toBe(missing);
      expect(run("kill", pid, 9)).toBe(allowed);
      for (const other of [0, 1, -1, pid + 1]) expect(run("kill", other, 0)).toBe(denied);
      expect(run("tgkill", pid, 5)).toBe(allowed);
      expect(run("tgkill", 5, 5)).toBe(denied);
      expect(run("prlimit64", 0)).toBe(allowed);
      expect(run("prlimit64", 1)).toBe(denied);
      expect(run("setpriority", 0, 0)).toBe(allowed);
      expect(run("setpriority", 0, 1)).toBe(denied);
      expect(run("ioctl", 0, 0x5412)).toBe(denied);
      expect(run("ioctl", 0, 0x541c)).toBe(denied);
      expect(run("ioctl", 0, 0x5421)).toBe(allowed);
      expect(run("tkill", 5)).toBe(denied);
      const musl = callFilter(machine, { pid, isMusl: true });
      expect(interpret(musl, { number: callNumber(machine, "tkill") ?? 0, machine: code, args: [5] })).toBe(allowed);
    });

    test("knows no calls that came later, and no other machine's", () => {
      const call = (number: number, from = code) => interpret(filter, { number, machine: from, args: [] });
      expect(call(newestKnownCall)).toBe(allowed);
      expect(call(newestKnownCall + 1)).toBe(missing);
      expect(call(1, 0x4000_0003)).toBe(killed);
      // The x32 interface, which is the x86-64 machine's alone.
      expect(call(0x4000_0000 + 41)).toBe(machine === "x64" ? killed : missing);
    });

    test("leaves nearly all calls, and is short", () => {
      const numbers = Array.from({ length: 300 }, (_, number) => number);
      const open = numbers.filter((number) => interpret(filter, { number, machine: code, args: [] }) === allowed);
      expect(open.length).toBeGreaterThan(180);
      // The kernel allows 4,096 instructions.
      expect(filter.byteLength / 8).toBeLessThan(400);
    });
  });
}

/** What the kernel does with the program: it loads, masks, compares and returns. */
function interpret(filter: Uint8Array, call: { number: number; machine: number; args: number[] }): number {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.machine, true);
  for (const [index, arg] of call.args.entries()) data.setBigInt64(16 + index * 8, BigInt(arg), true);
  let value = 0;
  for (let at = 0; ; at++) {
    const operand = view.getUint32(at * 8 + 4, true);
    const jump = (isTrue: boolean) => (at += view.getUint8(at * 8 + (isTrue ? 2 : 3)));
    const code = view.getUint16(at * 8, true);
    if (code === 0x20) value = data.getUint32(operand, true);
    else if (code === 0x54) value = (value & operand) >>> 0;
    else if (code === 0x15) jump(value === operand);
    else if (code === 0x35) jump(value >= operand);
    else if (code === 0x45) jump((value & operand) !== 0);
    else if (code === 0x06) return operand;
    else throw new Error(`the interpreter does not know instruction ${code}`);
  }
}
