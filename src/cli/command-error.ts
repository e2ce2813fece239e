/** A failure whose message is printed for the user; the command ends with status 1. */
export class CommandError extends Error {}
