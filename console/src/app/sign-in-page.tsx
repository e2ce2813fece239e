import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { signIn } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { CodeBlock } from "../ui/code-block.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field } from "../ui/field.tsx";
import { Input } from "../ui/input.tsx";
import { Logo } from "./logo.tsx";
import { PreferencesMenu } from "./preferences-menu.tsx";

/** Asks for an admin key, and says where it is. */
export function SignInPage({ linkError }: { linkError: unknown }) {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const attempt = useMutation({ mutationFn: () => signIn({ key: key.trim() }) });
  useEffect(() => {
    document.title = `${t("signIn.title")} · Sahab`;
  }, [t]);
  const error = attempt.error ?? linkError;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-4 py-3 sm:px-6">
        <Logo />
        <PreferencesMenu />
      </header>
      <main className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center gap-6 px-4 pt-4 pb-[12dvh]">
        <div>
          <h1 className="text-2xl font-semibold tracking-tight">{t("signIn.title")}</h1>
          <p className="mt-1.5 text-sm text-muted">{t("signIn.text")}</p>
        </div>
        <form
          className="grid gap-4 rounded-2xl border border-border bg-surface p-5 shadow-card"
          onSubmit={(event) => {
            event.preventDefault();
            if (key.trim() !== "") attempt.mutate();
          }}
        >
          <Field label={t("signIn.key")} hint={t("signIn.keyHint")}>
            {(own) => (
              <Input
                {...own}
                isCode
                type="password"
                name="key"
                autoComplete="current-password"
                spellCheck={false}
                // The only thing to do on this page.
                // oxlint-disable-next-line jsx-a11y/no-autofocus
                autoFocus
                required
                value={key}
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
          {error != null && (
            <ErrorNote error={error} title={t(attempt.error ? "signIn.refused" : "signIn.linkRefused")} />
          )}
          <Button
            type="submit"
            tone="primary"
            isBusy={attempt.isPending}
            icon={<KeyRound size={16} aria-hidden />}
            className="w-full"
          >
            {t("signIn.submit")}
          </Button>
        </form>
        <div className="grid gap-2 text-[0.8125rem] text-muted">
          <p>{t("signIn.byLink")}</p>
          <CodeBlock code="npm run sahab -- console" label={t("signIn.command")} />
        </div>
      </main>
    </div>
  );
}
