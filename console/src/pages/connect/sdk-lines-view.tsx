import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../ui/code-block.tsx";
import { sdks, type SdkCall } from "./sdk-lines.ts";

/** What to install for one of the SDKs, and the lines of a first call. */
export function SdkLines({ id, call }: { id: string; call: SdkCall }) {
  const { t } = useTranslation("connect");
  const sdk = sdks.find((one) => one.id === id) ?? sdks[0];
  return (
    <div className="grid min-w-0 gap-3">
      {sdk.install !== "" && <CodeBlock code={sdk.install} label={t("install", { title: sdk.title })} />}
      <CodeBlock code={sdk.lines(call)} label={t("lines", { title: sdk.title })} />
    </div>
  );
}
