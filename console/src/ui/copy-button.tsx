import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";
import { IconButton } from "./icon-button.tsx";

const confirmedMs = 1_800;

/** Copies a text. With `children` a button with words, else an icon. */
export function CopyButton({
  text,
  label,
  children,
  tone = "secondary",
}: {
  text: string;
  label?: string;
  children?: string;
  tone?: "primary" | "secondary";
}) {
  const { t } = useTranslation("ui");
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), confirmedMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => void copyText(text).then(setCopied);
  const icon = isCopied ? <Check size={15} aria-hidden className="text-good" /> : <Copy size={15} aria-hidden />;
  return (
    <>
      {children === undefined ? (
        <IconButton size="small" label={isCopied ? t("copied") : (label ?? t("copy"))} onClick={copy}>
          {icon}
        </IconButton>
      ) : (
        <Button
          tone={tone}
          icon={tone === "primary" && isCopied ? <Check size={15} aria-hidden /> : icon}
          onClick={copy}
        >
          {isCopied ? t("copied") : children}
        </Button>
      )}
      <span role="status" className="sr-only">
        {isCopied ? t("copied") : ""}
      </span>
    </>
  );
}
