import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ConnectCards } from "../connect/connect-cards.tsx";

/** A key that was just made, the one time that it can be seen, and what to do with it. */
export interface MadeKey {
  name: string;
  key: string;
  warnings: readonly string[];
  /** The models that it may call; null for all. */
  models?: readonly string[] | null;
  /** Whether it is good for models at all. */
  isForModels: boolean;
}

export function MadeKeyDialog({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const { t } = useTranslation("keys");
  return (
    <Dialog
      isOpen
      size="large"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("made.title", { name: made.name })}
      description={t("made.once")}
      footer={
        <>
          <Button onClick={onClose}>{t("made.done")}</Button>
          <CopyButton text={made.key} tone="primary">
            {t("made.copy")}
          </CopyButton>
        </>
      }
    >
      <div className="grid min-w-0 gap-5">
        <CodeBlock code={made.key} label={t("made.key")} isWrapped />
        {made.warnings.map((warning) => (
          <p key={warning} className="flex items-start gap-2 text-[0.8125rem] text-warn">
            <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
            <span dir="auto">{warning}</span>
          </p>
        ))}
        {made.isForModels && (
          <section className="grid min-w-0 gap-3">
            <h3 className="text-sm font-semibold">{t("made.connect")}</h3>
            <ConnectCards keyText={made.key} models={made.models ?? null} />
          </section>
        )}
      </div>
    </Dialog>
  );
}
