import { useId, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

/** A dialog that holds a form, with one button that sends it and one that closes the dialog. */
export function FormDialog({
  title,
  description,
  submitText,
  cancelText,
  isBusy,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  description?: string | undefined;
  submitText: string;
  cancelText: string;
  isBusy: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const formId = useId();
  return (
    <Dialog
      isOpen
      asksBeforeClosing
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{cancelText}</Button>
          <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
            {submitText}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
