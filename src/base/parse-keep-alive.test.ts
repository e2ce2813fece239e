import { expect, test } from "bun:test";
import { parseByteSize, showByteSize } from "./parse-byte-size.ts";
import { parseKeepAlive } from "./parse-keep-alive.ts";

test("durations as Ollama writes them", () => {
  const values = ["30s", "10m", "1h", "1h30m", "500ms", "1.5h", "0", "90", 0, 90, 0.5];
  expect(values.map(parseKeepAlive)).toEqual(
    [30, 600, 3600, 5400, 0.5, 5400, 0, 90, 0, 90, 0.5].map((seconds) => seconds * 1000),
  );
  expect(["-1", -1, "-5m", "always"].map(parseKeepAlive)).toEqual([Infinity, Infinity, Infinity, Infinity]);
  expect(["", "5", "5 m", "m", "5d", "never", "1h-5m", NaN, Infinity].map(parseKeepAlive)).toEqual([
    undefined,
    5_000,
    ...Array.from({ length: 7 }, () => undefined),
  ]);
});

test("sizes in bytes", () => {
  expect(["8GB", "512MB", "8GiB", "1.5 GB", "64mb", "1TB", "100B"].map(parseByteSize)).toEqual([
    8e9,
    512e6,
    8 * 1024 ** 3,
    1.5e9,
    64e6,
    1e12,
    100,
  ]);
  expect(["", "8", "8G", "GB", "-1GB", "1e9GB", "8 GB RAM", "99999999TB"].map(parseByteSize)).toEqual(
    Array.from({ length: 8 }, () => undefined),
  );
  expect([8e9, 6.05e9, 512e6, 1].map(showByteSize)).toEqual(["8.0 GB", "6.1 GB", "512 MB", "1 MB"]);
});
