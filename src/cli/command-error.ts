/** A failure whose message is printed for the user; the command ends with status 1. */
export class CommandError extends Error {
  /** The server's, where it answered with one. */
  readonly code: string | undefined;

  constructor(message: string, { code, ...options }: ErrorOptions & { code?: string | undefined } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What was typed is no command that there is; the message is printed, and the command ends with status 2. */
export class UsageError extends Error {}
