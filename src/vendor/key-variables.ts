import { vendorNames, vendors } from "./registry.ts";

/** Whether a provider of this name can be there since the vendor's key, or what opens it in its place, is in the environment. */
export function mayBeOfEnvironment(name: string): name is (typeof vendorNames)[number] {
  return vendorNames.some((vendor) => vendor === name && signsOf(vendor).length > 0);
}

/** The variables that make a vendor's models available, each with those that go with it; the usual one first. */
export function signsOf(vendor: (typeof vendorNames)[number]): string[] {
  const { keyVariables = [], machineVariables = [] } = vendors[vendor];
  return [...keyVariables, ...machineVariables.map((names) => names.join(" with "))];
}

/** Variables without the vendors' keys: for programs that are started and have no business with them. */
export function withoutVendorKeys(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !keyNames.has(name.replace(/_\d{1,2}$/, ""))));
}

const keyNames: ReadonlySet<string> = new Set(vendorNames.flatMap((name) => vendors[name].keyVariables ?? []));
