import { expect, test } from "bun:test";
import { estimateSeconds } from "./estimate-seconds.ts";

const rate = 32_000;

/** A WAV of 16 kHz, 16 bits and one channel, with other chunks before and behind its sound. */
function wav(seconds: number, { told = seconds * rate, before = 0, behind = 0 } = {}): Uint8Array {
  const chunk = (name: string, size: number, bytes: number) => {
    const part = Buffer.alloc(8 + bytes);
    part.write(name, "latin1");
    part.writeUInt32LE(size, 4);
    return part;
  };
  const format = chunk("fmt ", 16, 16);
  format.writeUInt32LE(rate, 16);
  const list = before === 0 ? [] : [chunk("LIST", before, before + (before % 2))];
  const rest = behind === 0 ? [] : [chunk("id3 ", behind, behind)];
  const body = Buffer.concat([Buffer.from("WAVE"), format, ...list, chunk("data", told, seconds * rate), ...rest]);
  const head = Buffer.from("RIFF....");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

test.each<[string, Uint8Array, number]>([
  ["nine seconds are nine, whatever the header takes", wav(9), 9],
  ["a part of a second is billed whole", wav(9.3), 10],
  ["chunks beside the sound are none of it", wav(9, { before: 70_001, behind: 64_000 }), 9],
  ["a sound that was written as a stream has no length in its header", wav(9, { told: 0xffffffff }), 9],
  ["or none", wav(9, { told: 0 }), 9],
  ["more than there is was not sent", wav(9, { told: 90 * rate }), 9],
  ["an empty sound", wav(0), 0],
])("%s", (_title, file, seconds) => {
  expect(estimateSeconds(file)).toBe(seconds);
});

test("what is no WAV, or half of one, is reckoned by its size and throws nothing", () => {
  const whole = wav(1, { before: 40 });
  for (let length = 0; length <= whole.length; length += 7) {
    const seconds = estimateSeconds(whole.subarray(0, length));
    expect([length, seconds >= 0 && seconds <= 3]).toEqual([length, true]);
  }
  expect(estimateSeconds(Buffer.alloc(32_000, 1))).toBe(2);
  expect(estimateSeconds(undefined)).toBe(0);
});
