import { AlertDialog as Radix } from "radix-ui";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { ErrorNote } from "./error-note.tsx";
import { returnFocus } from "./return-focus.ts";

/** Asks before something is lost, and names what goes. Stays open with the error where `onConfirm` rejects. */
export function AlertDialog({
  isOpen,
  onOpenChange,
  title,
  children,
  confirmText,
  cancelText,
  onConfirm,
  tone = "danger",
}: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  children: ReactNode;
  /** The verb of the button, such as "Revoke". */
  confirmText: string;
  cancelText?: string;
  onConfirm: () => Promise<unknown>;
  tone?: "danger" | "primary";
}) {
  const { t } = useTranslation("ui");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = (next: boolean) => {
    setError(undefined);
    onOpenChange(next);
  };
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Radix.Root open={isOpen} onOpenChange={change}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          onCloseAutoFocus={returnFocus}
          className="fixed inset-x-0 bottom-0 z-50 grid animate-rise grid-cols-[minmax(0,1fr)] gap-3 rounded-t-2xl border border-border bg-raised p-5 shadow-pop focus:outline-none sm:top-[18dvh] sm:bottom-auto sm:mx-auto sm:w-[calc(100%-2rem)] sm:max-w-md sm:rounded-2xl"
        >
          <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="text-sm text-muted">{children}</div>
          </Radix.Description>
          {error !== undefined && <ErrorNote error={error} />}
          <div className="mt-2 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>{cancelText ?? t("cancel")}</Button>
            </Radix.Cancel>
            <Button tone={tone} isBusy={isBusy} onClick={() => void confirm()}>
              {confirmText}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
