/**
 * The bytes of both. `held` must not be used after it: what comes a byte at a time is written behind it where there is room,
 * since copying all of it each time would let a slow sender cost a thousand times what it sends.
 */
export function append(held: Buffer, more: Buffer): Buffer {
  const length = held.length + more.length;
  const hasRoom = rooms.has(held.buffer) && held.byteOffset === 0 && length <= held.buffer.byteLength;
  if (hasRoom) {
    const joined = Buffer.from(held.buffer, 0, length);
    joined.set(more, held.length);
    return joined;
  }
  const room = Buffer.allocUnsafeSlow(Math.max(roomBytesMin, length * 2));
  rooms.add(room.buffer);
  room.set(held);
  room.set(more, held.length);
  return room.subarray(0, length);
}

/** Room that is made for bytes to come has at least this size. */
const roomBytesMin = 512;
/** What was made by `append`, so that there may be room behind it. */
const rooms = new WeakSet<ArrayBufferLike>();
