/** Where what is about to be sent is put together. All requests share it: the system, or a copy, has the bytes before anybody else writes here. */
export const scratch: Buffer = Buffer.allocUnsafe(64 * 1024);
