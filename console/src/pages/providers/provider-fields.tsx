import { useTranslation } from "react-i18next";
import type { ProviderSettings, Vendor } from "../../api/schema.d.ts";
import { useFormat } from "../../format/use-format.ts";
import { Field } from "../../ui/field.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import type { ProviderForm } from "./provider-form.ts";

/** Vendor, key, region, address and name; each only where the vendor has a use for it. */
export function ProviderFields({
  form,
  onChange,
  vendors,
  stored,
  faults,
}: {
  form: ProviderForm;
  onChange: (fields: Partial<ProviderForm>) => void;
  vendors: readonly Vendor[];
  stored: ProviderSettings | undefined;
  faults: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation("providers");
  const format = useFormat();
  const vendor = vendors.find(({ name }) => name === form.vendor);
  const hintOf = ({ models, key }: Vendor) =>
    models > 0 ? t("field.vendorModels", { count: models, number: format.number(models) }) : t(`field.keyIs.${key}`);
  const regions = vendor?.regions ?? [];
  const hasRegions = regions.length > 1 || vendor?.region_example != null;
  return (
    <>
      <Field label={t("field.vendor")}>
        {(own) => (
          <Select
            {...own}
            label={t("field.vendor")}
            placeholder={t("field.vendorChoose")}
            value={form.vendor === "" ? undefined : form.vendor}
            onChange={(name) => onChange({ vendor: name, region: "", baseUrl: "" })}
            options={vendors.map((one) => ({
              value: one.name,
              text: one.title,
              name: `${one.title} ${one.name}`,
              hint: hintOf(one),
            }))}
            isSearchable
            disabled={stored !== undefined}
            className="w-full"
          />
        )}
      </Field>
      {vendor && (
        <>
          <Field
            label={t("field.key")}
            aside={vendor.key === "needed" ? undefined : t(`field.keyIs.${vendor.key}`)}
            hint={stored && (stored.settings?.keys ?? 0) > 0 ? t("field.keyStays") : t("field.keyHint")}
            error={faults["api_key"]}
          >
            {(own) => (
              <Input
                {...own}
                isCode
                type="password"
                autoComplete="off"
                spellCheck={false}
                value={form.key}
                onChange={(event) => onChange({ key: event.target.value })}
              />
            )}
          </Field>
          {hasRegions && regions.length > 1 && (
            <Field label={t("field.region")} error={faults["region"]}>
              {(own) => (
                <Select
                  {...own}
                  label={t("field.region")}
                  value={form.region === "" ? "-" : form.region}
                  onChange={(region) => onChange({ region: region === "-" ? "" : region })}
                  options={[
                    { value: "-", text: t("field.regionUsual") },
                    ...regions.map((region) => ({ value: region.name, text: region.name, hint: region.base_url })),
                  ]}
                  className="w-full"
                />
              )}
            </Field>
          )}
          {hasRegions && regions.length <= 1 && (
            <Field label={t("field.region")} aside={t("optional")} error={faults["region"]}>
              {(own) => (
                <Input
                  {...own}
                  isCode
                  placeholder={vendor.region_example ?? undefined}
                  value={form.region}
                  onChange={(event) => onChange({ region: event.target.value })}
                />
              )}
            </Field>
          )}
          <Field
            label={t("field.address")}
            aside={vendor.base_url === null ? undefined : t("optional")}
            error={faults["base_url"]}
          >
            {(own) => (
              <Input
                {...own}
                isCode
                placeholder={vendor.base_url ?? "https://models.example.com/v1"}
                value={form.baseUrl}
                onChange={(event) => onChange({ baseUrl: event.target.value })}
              />
            )}
          </Field>
          {!stored && (
            <Field label={t("field.name")} aside={t("optional")} hint={t("field.nameHint")} error={faults["name"]}>
              {(own) => (
                <Input
                  {...own}
                  isCode
                  placeholder={vendor.name}
                  value={form.name}
                  onChange={(event) => onChange({ name: event.target.value })}
                />
              )}
            </Field>
          )}
        </>
      )}
    </>
  );
}
