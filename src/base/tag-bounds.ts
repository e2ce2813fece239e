/** What a usage record may hold of the names and values that clients give to their requests. */
export const tagBounds = { tagsMax: 16, nameCharsMax: 64, valueCharsMax: 256 } as const;

const namePattern = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

export const allowedTagName = `at most ${tagBounds.nameCharsMax} of a-z, 0-9, "_", "." and "-", a letter or digit first`;

export function isTagName(text: string): boolean {
  return namePattern.test(text);
}
