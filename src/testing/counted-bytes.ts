/** The bytes as they are, and how many of them were looked at: one by one, or by a search or a copy. */
export function countBytes(bytes: Buffer): { bytes: Buffer; looked(): number } {
  let looked = 0;
  const methods: Record<string, (...args: never[]) => unknown> = {
    indexOf(value: number, from: number) {
      const found = bytes.indexOf(value, from);
      looked += (found === -1 ? bytes.length : found) - from;
      return found;
    },
    includes(value: Uint8Array, from = 0) {
      looked += bytes.length - from;
      return bytes.includes(value, from);
    },
    toString(encoding: BufferEncoding, from: number, to: number) {
      looked += to - from;
      return bytes.toString(encoding, from, to);
    },
    subarray: (from: number, to: number) => bytes.subarray(from, to),
  };
  const counted = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === "symbol") return Reflect.get(target, key, target) as unknown;
      if (key in methods) return methods[key];
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value === "function") throw new Error(`what ${key} looks at is not counted`);
      if (typeof value === "number" && key !== "length") looked++;
      return value;
    },
  });
  return { bytes: counted, looked: () => looked };
}
