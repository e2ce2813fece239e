import { dlopen, FFIType, ptr } from "bun:ffi";

/**
 * Microseconds on a clock that all processes of the machine share. Bun's own monotonic clocks (`Bun.nanoseconds`,
 * `process.hrtime`) start with each process, so CLOCK_MONOTONIC is read once and the difference is added to them.
 */
export function machineUs(): number {
  return offsetUs + Bun.nanoseconds() / 1000;
}

const offsetUs = measureOffsetUs();

function measureOffsetUs(): number {
  if (process.platform !== "linux")
    return (performance.timeOrigin + performance.now()) * 1000 - Bun.nanoseconds() / 1000;
  const monotonic = 1;
  const library = dlopen("libc.so.6", { clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 } });
  const time = new BigInt64Array(2);
  let best = { offset: 0, took: Number.POSITIVE_INFINITY };
  // The fastest reading was interrupted least, so its offset is the most exact.
  for (let i = 0; i < 100; i++) {
    const before = Bun.nanoseconds();
    library.symbols.clock_gettime(monotonic, ptr(time));
    const after = Bun.nanoseconds();
    const nowUs = Number(time[0]) * 1e6 + Number(time[1]) / 1000;
    if (after - before < best.took) best = { offset: nowUs - (before + after) / 2000, took: after - before };
  }
  library.close();
  return best.offset;
}
