import { vendorNames, vendors } from "../../src/vendor/registry.ts";
import { table } from "../markdown/table.ts";

/** Which vendors run clients' batches. */
export function makeBatchesPage(): string {
  const rows = vendorNames.flatMap((name) => {
    const { batch } = vendors[name];
    if (!batch) return [];
    const operations = new Set(Object.values(batch.paths).flatMap((paths) => Object.keys(paths)));
    const served = [...operations].filter((operation) => operation !== "moderation");
    return [
      [
        `\`${name}\``,
        served.map((operation) => `\`${operation}\``).join(", "),
        batch.windows.map((window) => `\`${window}\``).join(", "),
        batch.linesMax.toLocaleString("en"),
        `${Math.floor(batch.bytesMax / 1_000_000)} MB`,
      ],
    ];
  });
  return [
    "# Batches at vendors",
    "",
    "Requests of `/v1/batches` go to these vendors as batches of their own, at their price for batches, unless the provider has `batches: sahab`. A batch that is larger",
    "than the vendor's goes there as several. The vendor's longest window that is no longer than `completion_window` is asked for; where all are longer, Sahab runs the requests.",
    "",
    ...table(["vendor", "operations", "windows", "requests at most", "bytes at most"], rows),
    "",
    "Sahab runs all other requests itself, in free slots and at the price of a single call: those of other vendors and operations, of local models, and those that a",
    "vendor's batch cannot have.",
    "",
  ].join("\n");
}
