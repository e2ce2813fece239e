/**
 * A view of the bytes from `start`, or a copy where a view would keep more than twice as much in memory. A copy each time would
 * make the cost of many small requests sent together grow with their square.
 */
export function restOf(bytes: Buffer, start: number): Buffer {
  const rest = bytes.subarray(start);
  return rest.length * 2 >= bytes.buffer.byteLength ? rest : Buffer.from(rest);
}
