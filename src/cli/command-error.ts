/** A failure whose message is printed for the user; the command ends with status 1. */
export class CommandError extends Error {
  /** What the server has said, where it was the server's. */
  readonly answer: ServerError | undefined;

  constructor(message: string, { answer, ...options }: ErrorOptions & { answer?: ServerError | undefined } = {}) {
    super(message, options);
    this.answer = answer;
  }
}

/** The error of the admin API, with what errors about a configuration have beside its message. */
export interface ServerError {
  code: string;
  message: string;
  problems?: { path: string; message: string }[];
  problems_count?: number;
  changes?: unknown[];
  plan?: string;
}

/** What was typed is no command that there is; the message is printed, and the command ends with status 2. */
export class UsageError extends Error {}
