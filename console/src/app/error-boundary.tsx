import { TriangleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

/** Shows a page in place of one that failed while it was drawn. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Broken error={this.state.error} />;
  }
}

/** Of the router, too: it catches what its pages throw. */
export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <main className="mx-auto grid min-h-[60dvh] max-w-xl place-items-center">
      <EmptyState
        icon={<TriangleAlert size={22} aria-hidden />}
        title={t("broken.title")}
        action={
          <Button tone="primary" onClick={() => location.reload()}>
            {t("broken.reload")}
          </Button>
        }
      >
        <p>{t("broken.text")}</p>
        <p className="ltr mt-3 font-mono text-xs break-words">
          {error instanceof Error ? error.message : String(error)}
        </p>
      </EmptyState>
    </main>
  );
}
