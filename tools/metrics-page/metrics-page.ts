import { metricTable } from "../../src/base/metric-table.ts";

/** docs/metrics.md: every metric of the table in src/base/metric-table.ts. */
export function makeMetricsPage(): string {
  const rows = [...metricTable].map(([name, { type, help, labels = [], merge = "sum" }]) => {
    // Buckets, sums and counters are added up without saying so.
    const merged = type === "gauge" ? merge : "sum";
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${merged} | ${help} |`;
  });
  return `<!-- Written by \`npm run docs\`, from src/base/metric-table.ts. -->

# Metrics

\`GET /metrics\` answers in Prometheus' text format. It is open while Sahab listens on loopback only, to requests of
this machine that no proxy has passed on (by \`x-forwarded-for\` and the like, or a \`Host\` that is no name of loopback); otherwise it
needs the admin key, or a key that can do nothing else:

\`\`\`sh
sahab key create prometheus --role metrics
\`\`\`

Any one of several workers answers for all of them. \`deploy/prometheus/\` has a scrape configuration and alert rules, \`deploy/grafana/sahab.json\` a
dashboard; both are tested against a real server.

- **Counters begin at 0 when a process starts**, as Prometheus expects; the exact sums of all time are in \`sahab usage\`.
- **Costs are doubles here**, and exact in the ledger. Their currency is a label: never add up two of them.
- **Keys are named by their id**, and for people by \`name\`; no part of a key's text is told. A key that is renamed goes on under its new name.
- **Bounded:** the first 200 projects and the first 200 keys that have a request recorded by a process after its start have series of their own, so which they
  are may differ between processes and after a start. Further ones count together under \`(other)\`, a name that no project or key can have; a sum over
  processes then has some requests of a project under its name and some there. Exact sums of all are in \`sahab usage\`. Budgets are those of the first 200 projects of the configuration.
- **Budgets are read from the database**, at most every two seconds and for at most one second; what was last known is told while it is away.
- **Engines are asked every two seconds**; \`rate(sahab_engine_generated_tokens_total[1m])\` is a model's tokens per second.
- Machines that share a database each tell their own numbers, but for budgets, which are those of all: take \`min by (account, period, currency)\`.

The column *together* says what workers make of their numbers; \`sum\` is right for machines, too, where it is right for workers.

| name | type | labels | together | what it is |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
