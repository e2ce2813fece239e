/** What a case's trial found. */
export class Findings {
  /** What happened, in short. */
  readonly got: string[] = [];
  /** What is wrong; none means that the case is right. */
  readonly faults: string[] = [];

  saw(what: string): void {
    this.got.push(what);
  }

  /** Notes a fault unless `isRight`. */
  expect(isRight: boolean, fault: string): void {
    if (!isRight) this.faults.push(fault);
  }

  equal(what: string, found: unknown, expected: unknown): void {
    this.expect(
      Bun.deepEquals(found, expected),
      `${what} is ${short(JSON.stringify(found))}, not ${short(JSON.stringify(expected))}`,
    );
  }
}

export function short(text: string | undefined, lengthMax = 120): string {
  const line = (text ?? "nothing").replaceAll(/\s+/g, " ");
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1)}…` : line;
}
