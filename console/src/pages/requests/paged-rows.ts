/** Pages of a list as one list, without a copy of it: with each further page a hundred thousand rows would be copied. */
export class PagedRows<Row> {
  readonly length: number;
  readonly #pages: readonly (readonly Row[])[];
  /** The place of each page's first row. */
  readonly #starts: readonly number[];

  constructor(pages: readonly (readonly Row[])[]) {
    let length = 0;
    this.#pages = pages;
    this.#starts = pages.map((page) => (length += page.length) - page.length);
    this.length = length;
  }

  at(index: number): Row | undefined {
    // Pages may be empty; the last that starts at or before the row has it.
    const page = this.#starts.findLastIndex((start) => start <= index);
    return this.#pages[page]?.[index - (this.#starts[page] ?? 0)];
  }
}
