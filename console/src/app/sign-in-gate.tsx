import { useMutation } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { signIn, useSession } from "../api/session.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { Logo } from "./logo.tsx";
import { SignInPage } from "./sign-in-page.tsx";

/** Shows its children to whoever is signed in, and the sign-in page to others. A link signs in by itself. */
export function SignInGate({ link, children }: { link: string | undefined; children: ReactNode }) {
  const { t } = useTranslation();
  const session = useSession();
  const byLink = useMutation({ mutationFn: (token: string) => signIn({ link: token }) });
  const { mutate } = byLink;
  useEffect(() => {
    if (link !== undefined && !used.has(link)) {
      used.add(link);
      mutate(link);
    }
  }, [link, mutate]);

  if (session.data) return children;
  if (byLink.isPending || session.isPending || (link !== undefined && byLink.isIdle)) return <Waiting />;
  if (session.isError)
    return (
      <main className="mx-auto grid min-h-dvh max-w-lg place-content-center gap-6 px-4">
        <Logo />
        <ErrorNote error={session.error} title={t("offline.title")} onRetry={() => void session.refetch()} />
      </main>
    );
  return <SignInPage linkError={byLink.error} />;
}

/** Links that were tried: each is good for one try, and in development an effect runs twice. */
const used = new Set<string>();

function Waiting() {
  const { t } = useTranslation();
  return (
    <main className="grid min-h-dvh animate-late place-items-center">
      <div role="status" className="animate-wait">
        <Logo />
        <span className="sr-only">{t("connecting")}</span>
      </div>
    </main>
  );
}
