import type { ProviderChanges, ProviderSettings } from "../../api/schema.d.ts";

/** What is typed in; empty for what is usual. */
export interface ProviderForm {
  vendor: string;
  name: string;
  key: string;
  region: string;
  baseUrl: string;
}

export const emptyForm: ProviderForm = { vendor: "", name: "", key: "", region: "", baseUrl: "" };

/** The form of a stored provider. Its key is not given back: an empty one stays as it is. */
export function formOf({ name, vendor, settings }: ProviderSettings): ProviderForm {
  return { vendor, name, key: "", region: settings?.region ?? "", baseUrl: settings?.base_url ?? "" };
}

/** What is sent. Of a change, what is empty goes back to what is usual, but for the key, which stays. */
export function toBody({ key, region, baseUrl }: ProviderForm, act: "add" | "change"): ProviderChanges {
  const text = (value: string) => (value.trim() === "" ? (act === "change" ? null : undefined) : value.trim());
  const body = {
    ...(key.trim() !== "" && { api_key: key.trim() }),
    region: text(region),
    base_url: text(baseUrl),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
