import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./icon-button.tsx";
import { returnFocus } from "./return-focus.ts";

/** A panel at the end of the page, over it; the whole screen where that is narrow. Esc, the cross and a click beside it close it. */
export function Sheet({
  isOpen,
  onClose,
  title,
  children,
}: {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation("ui");
  const content = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          ref={content}
          tabIndex={-1}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
          onCloseAutoFocus={returnFocus}
          className="fixed inset-y-0 end-0 z-50 flex w-full animate-appear flex-col border-s border-border bg-bg shadow-pop focus:outline-none sm:w-[min(46rem,92vw)]"
        >
          <header className="flex items-start gap-4 border-b border-border bg-surface px-5 py-3.5">
            <Radix.Title asChild>
              <div className="min-w-0 flex-1 text-base font-semibold">{title}</div>
            </Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t("close")} size="small" className="-me-1">
                <X size={17} aria-hidden />
              </IconButton>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
