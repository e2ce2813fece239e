import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Input } from "../../ui/input.tsx";
import { Select } from "../../ui/select.tsx";
import { Switch } from "../../ui/switch.tsx";
import { budgetPeriods, newBudget, type BudgetDraft, type TermsDraft } from "./terms-draft.ts";

/** Budgets and limits of a key or a project. */
export function TermsFields({
  draft,
  onChange,
  currency,
}: {
  draft: TermsDraft;
  onChange: (draft: TermsDraft) => void;
  currency: string;
}) {
  const { t } = useTranslation("terms");
  const { budgets } = draft;
  const [addedId, setAddedId] = useState<number>();
  const setBudget = (next: BudgetDraft) =>
    onChange({ ...draft, budgets: budgets.map((one) => (one.id === next.id ? next : one)) });
  return (
    <>
      <fieldset className="grid min-w-0 gap-3">
        <legend className="mb-1 text-[0.8125rem] font-medium">{t("budgets")}</legend>
        {budgets.length === 0 && <p className="text-xs text-muted">{t("noBudget")}</p>}
        {budgets.map((budget, at) => (
          <BudgetRow
            key={budget.id}
            budget={budget}
            number={at + 1}
            currency={currency}
            isNew={budget.id === addedId}
            onChange={setBudget}
            onRemove={() => onChange({ ...draft, budgets: budgets.filter((one) => one !== budget) })}
          />
        ))}
        <div>
          <Button
            size="small"
            icon={<Plus size={15} aria-hidden />}
            onClick={() => {
              const added = newBudget();
              setAddedId(added.id);
              onChange({ ...draft, budgets: [...budgets, added] });
            }}
          >
            {t("addBudget")}
          </Button>
        </div>
      </fieldset>
      <fieldset className="grid min-w-0 gap-3">
        <legend className="mb-1 text-[0.8125rem] font-medium">{t("limits")}</legend>
        {/* A label of two lines leaves the fields in one line. */}
        <div className="grid items-end gap-3 sm:grid-cols-3">
          {(["rpm", "tpm", "concurrency"] as const).map((name) => (
            <Field key={name} label={t(`limit.${name}`)}>
              {(own) => (
                <Input
                  {...own}
                  isCode
                  inputMode="numeric"
                  placeholder={t("unlimited")}
                  value={draft[name]}
                  onChange={(event) => onChange({ ...draft, [name]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
      </fieldset>
    </>
  );
}

function BudgetRow({
  budget,
  number,
  currency,
  isNew,
  onChange,
  onRemove,
}: {
  budget: BudgetDraft;
  number: number;
  currency: string;
  /** It was added in this form, and its amount is what is typed next. */
  isNew: boolean;
  onChange: (budget: BudgetDraft) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("terms");
  return (
    <div className="grid gap-3 rounded-control border border-border bg-sunken/50 p-3">
      <div className="flex items-center gap-2">
        <div className="relative min-w-0 flex-1">
          <Input
            isCode
            required
            autoFocus={isNew}
            inputMode="decimal"
            aria-label={t("amountOf", { number, currency })}
            className="pe-14"
            placeholder="10.00"
            value={budget.amount}
            onChange={(event) => onChange({ ...budget, amount: event.target.value })}
          />
          {/* The amount is written left to right, so its currency stands at the right in every language. */}
          <span
            aria-hidden
            className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-xs text-muted"
          >
            {currency}
          </span>
        </div>
        <Select
          label={t("periodOf", { number })}
          value={budget.period}
          onChange={(period) => onChange({ ...budget, period })}
          options={budgetPeriods.map((period) => ({ value: period, text: t(`per.${period}`) }))}
          className="w-36"
        />
        <IconButton label={t("removeBudget", { number })} onClick={onRemove}>
          <Trash2 size={16} aria-hidden />
        </IconButton>
      </div>
      <Switch
        label={t("soft")}
        hint={t("softHint")}
        checked={budget.isSoft}
        onChange={(isSoft) => onChange({ ...budget, isSoft })}
      />
    </div>
  );
}
