/** A failure whose message is printed for the user; the command ends with status 1. */
export class CommandError extends Error {}

/** What was typed is no command that there is; the message is printed, and the command ends with status 2. */
export class UsageError extends Error {}
