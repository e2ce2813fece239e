/** The tools that may be called: their names and, where it is known, the JSON schema of each one's arguments. */
export interface CallableTools {
  readonly size: number;
  has(name: string): boolean;
  keys(): Iterable<string>;
  get?(name: string): unknown;
}

/** How a family of models writes what it thinks and what it calls. Data: a new family is a new entry of `families`. */
export interface OutputRules {
  family: string;
  thoughts: ThoughtTags;
  /** The template knows of thoughts. */
  mayReason: boolean;
  calls: readonly CallForm[];
  /** The model writes messages into channels, and not one text with tags. */
  channels?: ChannelTags;
  /** How a grammar writes calls that are demanded; `calls` (or `channels`) reads it. */
  forced: ForcedForm;
}

export interface ThoughtTags {
  open: string;
  close: string;
  /** Also after text. Without it thoughts come first, and later tags are text. */
  isAnywhere?: boolean;
  /** Calls that end thoughts whose closing tag is missing. */
  endsAt?: readonly string[];
}

/** How messages are written of which each goes to a channel: `start role to=recipient channel name constrain type message content end`. */
export interface ChannelTags {
  start: string;
  channel: string;
  constrain: string;
  message: string;
  /** Each of them ends a message. */
  ends: readonly string[];
  /** The channel of thoughts. Messages of all others are text, but for those to tools. */
  thoughts: string;
  /** Before the name of a recipient. */
  recipient: string;
  /** After `start`: the header of the answer proper. */
  toAnswer: string;
}

/** One or several calls in a section of the answer. White space between its parts is layout. */
export interface CallForm {
  /** Opens the section. */
  open: string;
  /** `open` counts only where a line begins, or where no text came before it. */
  where?: "line" | "first";
  /** `open` is also the beginning of the first call. */
  isInCall?: boolean;
  /** Closes the section. A form without it ends where no call follows. */
  close?: string;
  /** Opens each call in the section; without it they follow one another. */
  callOpen?: string;
  /** What may be between calls besides white space. */
  between?: readonly string[];
  /** How a call may be written; the first that fits is taken. */
  bodies: readonly CallBody[];
}

/** A way to write one call. */
export interface CallBody {
  start(tools: CallableTools): CallReader;
  /** Its tags. In some vocabularies they are control tokens. */
  tags?: readonly string[];
}

/** Reads one call from a text that grows. */
export interface CallReader {
  /** The length of the call; `open` where more has to come, `none` where this is no call to a tool that was offered. */
  scan(text: string): Scan;
  /**
   * The call. `whole`: `scan` found its end, and got it; `ended`: the model stopped here, and may have left out closing tags;
   * `cut`: a limit cut the call, whose arguments are given as far as they came. Undefined where it is none.
   */
  read(text: string, how: "whole" | "ended" | "cut"): ReadCall | undefined;
}

export type Scan = number | "open" | "none";

export interface ReadCall {
  name: string;
  /** JSON; the beginning of it where the call was cut. */
  arguments: string;
}

/** Texts around what a grammar writes. A call is `open`, `name`, its name, `middle`, its arguments as JSON, `nameEnd`, `close`. */
export interface ForcedForm {
  /** Before the first call. */
  begin?: string;
  open: string;
  name: string;
  middle: string;
  nameEnd: string;
  close: string;
  /** Between two calls; without it there is only one. */
  separator?: string;
  /** After the last call. */
  end?: string;
  /** A line end may follow `open`, and may come before `close`. */
  hasLines?: boolean;
}

/** The length of a name, and of what is around it. Longer ones are no names. */
export const headCharsMax = 512;
