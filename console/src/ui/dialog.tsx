import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { AlertDialog } from "./alert-dialog.tsx";
import { cx } from "./cx.ts";
import { IconButton } from "./icon-button.tsx";
import { returnFocus } from "./return-focus.ts";

/** A window over the page. Esc, the cross and a click beside it close it, after a question where something was typed and `asksBeforeClosing`. On a narrow screen it rises from the bottom. */
export function Dialog({
  isOpen,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = "medium",
  asksBeforeClosing = false,
}: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons, the one that acts last. */
  footer?: ReactNode;
  size?: "medium" | "large";
  /** What is typed in it would be lost. */
  asksBeforeClosing?: boolean;
}) {
  const { t } = useTranslation("ui");
  const body = useRef<HTMLDivElement>(null);
  const isTouched = useRef(false);
  const [isAsking, setAsking] = useState(false);
  const close = () => {
    isTouched.current = false;
    onOpenChange(false);
  };
  return (
    <Radix.Root
      open={isOpen}
      onOpenChange={(next) => {
        if (next) onOpenChange(true);
        else if (asksBeforeClosing && isTouched.current) setAsking(true);
        else close();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          {...(description == null && { "aria-describedby": undefined })}
          onOpenAutoFocus={(event) => {
            // Not the cross, which stands first: its tooltip would open.
            event.preventDefault();
            (body.current?.querySelector<HTMLElement>(focusable) ?? body.current)?.focus();
          }}
          onCloseAutoFocus={returnFocus}
          className={cx(
            "fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] animate-rise flex-col rounded-t-2xl border border-border bg-raised shadow-pop focus:outline-none",
            "sm:inset-x-0 sm:top-[8dvh] sm:bottom-auto sm:mx-auto sm:max-h-[84dvh] sm:w-[calc(100%-2rem)] sm:rounded-2xl",
            size === "large" ? "sm:max-w-3xl" : "sm:max-w-lg",
          )}
        >
          <header className="flex items-start gap-4 px-5 pt-5 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
              {description != null && (
                <Radix.Description className="mt-1 text-[0.8125rem] text-muted">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label={t("close")} size="small" className="-me-1 -mt-1">
                <X size={17} aria-hidden />
              </IconButton>
            </Radix.Close>
          </header>
          <div
            ref={body}
            tabIndex={-1}
            onInput={() => (isTouched.current = true)}
            className="min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5 outline-none"
          >
            {children}
          </div>
          {footer != null && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-border px-5 py-3.5">{footer}</footer>
          )}
          <AlertDialog
            isOpen={isAsking}
            onOpenChange={setAsking}
            title={t("leave.title")}
            confirmText={t("leave.confirm")}
            cancelText={t("leave.stay")}
            onConfirm={() => Promise.resolve(close())}
          >
            {t("leave.text")}
          </AlertDialog>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** What has the focus when a dialog opens, where there is one; otherwise the dialog's own content. */
const focusable = "input:not(:disabled), textarea:not(:disabled), [data-autofocus]";
