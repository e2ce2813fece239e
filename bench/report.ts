export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Rows in columns: the first column to the left, the others to the right. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

export function number(value: number, digits = 0): string {
  if (value === Number.POSITIVE_INFINITY) return "∞";
  return Number.isFinite(value)
    ? value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : "–";
}

/** One line of the summary: what was measured, and whether the goal was met. */
export interface Finding {
  what: string;
  value: string;
  goal?: string;
  met?: boolean;
}

export function atLeast(what: string, ratio: number, goal: number, besides = ""): Finding {
  return { what, value: `${number(ratio, 2)}×${besides}`, goal: `at least ${goal}×`, met: ratio >= goal };
}

export function atMost(what: string, ratio: number, goal: number, besides = ""): Finding {
  return { what, value: `${number(ratio, 2)}×${besides}`, goal: `at most ${goal}×`, met: ratio <= goal };
}

export function renderFinding(finding: Finding): string {
  const verdict = finding.goal === undefined ? "" : ` — goal ${finding.goal}: ${finding.met ? "met" : "goal missed"}`;
  return `${finding.what}: ${finding.value}${verdict}`;
}

/** The summary as Markdown, for the README. */
export function renderMarkdown(findings: Finding[], machine: Record<string, string>, command: string): string {
  const rows = findings.map(
    (finding) =>
      `| ${finding.what} | ${finding.value} | ${finding.goal ?? ""} | ${finding.goal === undefined ? "" : finding.met ? "yes" : "**no**"} |`,
  );
  return [
    "| measured | result | goal | met |",
    "|---|---|---|---|",
    ...rows,
    "",
    `\`${command}\` on ${machine["date"]}; ${machine["cpu"]}, ${machine["cores"]}; ${machine["system"]}, journal on ${machine["disk"]}; Bun ${machine["bun"]}, Node ${machine["node"]}; ${machine["peers"] ?? "no peers"}. Method: bench/README.md.`,
  ].join("\n");
}
