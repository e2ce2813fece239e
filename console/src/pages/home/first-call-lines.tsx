import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { callLanguages, callLines, type CallLanguage } from "./call-lines.ts";

const names: Record<CallLanguage, string> = { curl: "curl", python: "Python", typescript: "TypeScript" };

/** The first call in three languages, with the key that was just made in its place. */
export function FirstCallLines({ model, keyText }: { model: string; keyText: string | undefined }) {
  const { t } = useTranslation("home");
  const [language, setLanguage] = useState<CallLanguage>("curl");
  const call = { origin: location.origin, model, key: keyText ?? "YOUR_KEY", question: t("call.question") };
  return (
    <div className="w-full min-w-0">
      <Tabs
        label={t("call.languages")}
        value={language}
        onChange={setLanguage}
        tabs={callLanguages.map((it) => ({
          value: it,
          text: names[it],
          content: <CodeBlock code={callLines(it, call)} label={t("call.lines", { language: names[it] })} />,
        }))}
      />
    </div>
  );
}
