/** What is wrong with a request's head, and the status that says so. The connection cannot go on after it. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
