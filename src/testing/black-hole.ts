import { dlopen, FFIType, ptr } from "bun:ffi";
import { connect } from "node:net";

/**
 * An address that neither accepts nor refuses connections: a listening socket that never accepts, with a backlog that is
 * full. Linux drops further attempts, so it behaves like a dead host behind a router. `host` is an address of IPv4, or `::1`.
 */
export async function openBlackHole(
  options: { host?: string; port?: number } = {},
): Promise<{ url: string; port: number; close(): void }> {
  const { host = "127.0.0.1" } = options;
  const libc = dlopen(process.arch === "x64" || process.arch === "arm64" ? "libc.so.6" : "libc.so", {
    socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
    listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    getsockname: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
  });
  const stream = 1;
  const isV6 = host === "::1";
  const inet = isV6 ? 10 : 2;
  const address = new Uint8Array(isV6 ? 28 : 16);
  new DataView(address.buffer).setUint16(0, inet, true);
  new DataView(address.buffer).setUint16(2, options.port ?? 0, false);
  if (isV6) address[23] = 1;
  else address.set(host.split(".").map(Number), 4);
  const size = new Uint32Array([address.length]);
  const file = libc.symbols.socket(inet, stream, 0);
  if (
    file < 0 ||
    libc.symbols.bind(file, ptr(address), address.length) !== 0 ||
    libc.symbols.listen(file, 0) !== 0 ||
    libc.symbols.getsockname(file, ptr(address), ptr(size)) !== 0
  )
    throw new Error("cannot open a listening socket");
  const port = new DataView(address.buffer).getUint16(2, false);
  const fillers = Array.from({ length: 4 }, () => connect({ host, port }).on("error", () => undefined));
  await Bun.sleep(50);
  return {
    url: `http://${isV6 ? `[${host}]` : host}:${port}/v1`,
    port,
    close() {
      for (const filler of fillers) filler.destroy();
      libc.symbols.close(file);
      libc.close();
    },
  };
}
