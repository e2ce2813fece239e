import { dialects } from "../../dialect/registry.ts";
import { runSahab, type TestSahab } from "../run-sahab.ts";
import type { Kit, Script } from "./kit.ts";
import { kits } from "./kits.ts";
import { startVendor, type VendorServer } from "./vendor-server.ts";

/** The kits of the dialects that Sahab speaks. */
export const spokenKits = kits.filter(({ name }) => dialects.some((dialect) => dialect.name === name));

/** A model that a vendor of the kit's dialect serves. */
export interface WireModel {
  name: string;
  vendor: Kit;
  script: Script;
}

/** The running program between clients and one vendor of each dialect. */
export interface Wire {
  sahab: TestSahab;
  /** Where and with which key clients ask. */
  address: string;
  key: string;
  serverOf(kit: Kit): VendorServer;
  close(): Promise<void>;
}

interface WireOptions {
  /** Models of other kinds, as the configuration has them. */
  more?: readonly object[];
  /** Vendors of the catalogue whose servers the kits are; by default servers that the catalogue does not know. */
  vendors?: Readonly<Record<string, string>>;
  env?: Record<string, string>;
  /** Further providers, as the configuration has them. */
  providers?: readonly object[];
}

export async function startWire(
  models: readonly WireModel[],
  { more = [], vendors = {}, env = {}, providers = [] }: WireOptions = {},
): Promise<Wire> {
  const servers = new Map<Kit, VendorServer>();
  for (const kit of spokenKits) {
    const own = models.filter(({ vendor }) => vendor === kit);
    servers.set(kit, startVendor(kit, new Map(own.map(({ name, script }) => [name, script]))));
  }
  const serverOf = (kit: Kit): VendorServer => {
    const server = servers.get(kit);
    if (!server) throw new Error(`no server of ${kit.name}`);
    return server;
  };
  const sahab = await runSahab({
    env,
    config: {
      providers: [
        ...spokenKits.map((kit) => ({
          name: kit.api,
          vendor: vendors[kit.api] ?? "compatible",
          base_url: serverOf(kit).url,
          apis: [kit.api],
          api_key: "sk-vendor",
        })),
        ...providers,
      ],
      models: [
        ...models.map(({ name, vendor }) => ({
          name,
          targets: [{ provider: vendor.api, model: (vendor.vendor.modelPrefix ?? "") + name }],
          price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 },
        })),
        ...more,
      ],
      projects: [{ name: "default" }],
    },
  });
  const { key } = await sahab.createKey();
  return {
    sahab,
    address: sahab.address,
    key,
    serverOf,
    async close() {
      await sahab.close();
      for (const server of servers.values()) await server.stop();
    },
  };
}
