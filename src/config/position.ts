/** A place in a text; both count from 1. */
export interface Position {
  line: number;
  column: number;
}
