// Runs Sahab where there is no network but loopback, and prints what the kernel could not send for want of a route, as JSON.
// Started by `unshare -rn`, so that this network is its own: src/server/no-telemetry.test.ts.
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { dlopen, ptr } from "bun:ffi";
import { runSahab } from "./run-sahab.ts";

bringLoopbackUp();
const sahab = await runSahab({ env: { SAHAB_LOG: "warn" } });
const response = await sahab.call("/v1/chat/completions", {
  model: "nano",
  messages: [{ role: "user", content: "What is Sahab?" }],
});
await response.text();
await sahab.command(["usage"]);
// What is sent after a start, or at times, would be sent by now.
await Bun.sleep(3_000);
await sahab.close();
const unsent = countUnsent();
// The counters count: an address, and a name where it is asked for beyond this machine.
await fetch("http://192.0.2.1").catch(() => undefined);
const afterAddress = countUnsent();
await lookup("telemetry.example.com").catch(() => undefined);
console.log(JSON.stringify({ status: response.status, unsent, afterAddress, afterName: countUnsent() }));
process.exit(0);

/** Packets without a route, of IPv4 and IPv6. */
function countUnsent(): number {
  const [names = "", values = ""] = readFileSync("/proc/net/snmp", "utf8").match(/^Ip: .*$/gm) ?? [];
  const at = names.split(" ").indexOf("OutNoRoutes");
  const six = /^Ip6OutNoRoutes\s+(\d+)$/m.exec(readFileSync("/proc/net/snmp6", "utf8"))?.[1] ?? "0";
  return Number(values.split(" ")[at]) + Number(six);
}

/** What `ip link set lo up` does. */
function bringLoopbackUp(): void {
  const { symbols } = dlopen("libc.so.6", {
    socket: { args: ["int", "int", "int"], returns: "int" },
    ioctl: { args: ["int", "u64", "ptr"], returns: "int" },
  });
  const [inet, datagram, setFlags, up] = [2, 2, 0x8914, 0x41];
  const request = new Uint8Array(40);
  request.set(new TextEncoder().encode("lo"));
  new DataView(request.buffer).setInt16(16, up, true);
  if (symbols.ioctl(symbols.socket(inet, datagram, 0), setFlags, ptr(request)) !== 0)
    throw new Error("the loopback interface could not be brought up");
}
