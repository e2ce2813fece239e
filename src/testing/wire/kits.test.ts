import { describe, test } from "bun:test";
import { checkCell } from "./check-cell.ts";
import { makeFeatures } from "./features.ts";
import { kits } from "./kits.ts";
import { startVendor } from "./vendor-server.ts";

// Each kit's client asks its own vendor with nothing in between: what fails in the matrix is then no fault of a kit.

for (const kit of kits) {
  describe(kit.name, () => {
    for (const feature of makeFeatures()) {
      if (feature.expected !== undefined) continue;
      test(feature.name, async () => {
        const model = `${kit.vendor.modelPrefix ?? ""}m`;
        const server = startVendor(kit, new Map([["m", feature.script]]));
        const isUnsayable = kit.client.cannotSay?.some((name) => name === feature.name) === true;
        const stated = isUnsayable ? { isUnsayable } : {};
        const sahab = { address: server.url, key: "sk-vendor" };
        try {
          await checkCell({ client: kit, vendor: kit, feature, model, server, stated, sahab });
        } finally {
          await server.stop();
        }
      });
    }
  });
}
