import { CommandError } from "./command-error.ts";

/** A failure that may go by itself: the server is not there, starts, stops, or cannot reach its database. */
export class PassingError extends CommandError {}
