import { useId, type ReactNode } from "react";

/** What the control of a field is given. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

/** A label above a control, with a hint or an error below it: `<Field label="Name">{(own) => <Input {...own} />}</Field>`. */
export function Field({
  label,
  hint,
  error,
  aside,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** At the end of the label's line, such as "optional". */
  aside?: ReactNode;
  children: (own: FieldControl) => ReactNode;
}) {
  const id = useId();
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const isWrong = error !== undefined && error !== null && error !== false;
  const described = [hint != null && hintId, isWrong && errorId].filter(Boolean).join(" ");
  return (
    <div className="grid min-w-0 gap-1.5">
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-[0.8125rem] font-medium">
          {label}
        </label>
        {aside != null && <span className="text-xs text-muted">{aside}</span>}
      </div>
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": isWrong || undefined,
      })}
      {hint != null && (
        <p id={hintId} className="text-xs text-muted">
          {hint}
        </p>
      )}
      {isWrong && (
        <p id={errorId} role="alert" className="text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
