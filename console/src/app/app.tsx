import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Direction, Tooltip } from "radix-ui";
import { StrictMode, Suspense } from "react";
import { queryClient } from "../api/query-client.ts";
import { useLanguage } from "../i18n/use-language.ts";
import { Toasts } from "../ui/toast.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { router } from "./router.ts";
import { SignInGate } from "./sign-in-gate.tsx";

export function App({ link }: { link: string | undefined }) {
  return (
    <StrictMode>
      <Suspense>
        <Localized link={link} />
      </Suspense>
    </StrictMode>
  );
}

function Localized({ link }: { link: string | undefined }) {
  const { direction } = useLanguage();
  return (
    <Direction.Provider dir={direction}>
      <Tooltip.Provider delayDuration={400}>
        <QueryClientProvider client={queryClient}>
          <ErrorBoundary>
            <SignInGate link={link}>
              <RouterProvider router={router} />
            </SignInGate>
          </ErrorBoundary>
          <Toasts />
        </QueryClientProvider>
      </Tooltip.Provider>
    </Direction.Provider>
  );
}
