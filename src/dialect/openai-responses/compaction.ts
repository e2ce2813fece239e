/** The form of a chat in which a conversation is made shorter, at the vendors that have it. */
export const compactionVariant = "compaction";
export const compactionPath = "/responses/compact";

export function isCompactionPath(path: string): boolean {
  return path.endsWith(compactionPath);
}
