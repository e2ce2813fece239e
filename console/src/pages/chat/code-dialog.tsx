import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Select } from "../../ui/select.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import type { ChatCall } from "./chat-request.ts";
import {
  sampleDialects,
  sampleLanguages,
  writeSample,
  type SampleDialect,
  type SampleLanguage,
} from "./samples/sample.ts";

const keyVariable = "SAHAB_API_KEY";
const dialectNames: Record<SampleDialect, string> = {
  "openai-chat": "OpenAI Chat Completions",
  "openai-responses": "OpenAI Responses",
  "anthropic-messages": "Anthropic Messages",
  gemini: "Google Gemini",
  dashscope: "Alibaba DashScope",
  ark: "Volcano Ark (Doubao)",
  deepseek: "DeepSeek",
};
const languageNames: Record<SampleLanguage, string> = { curl: "curl", python: "Python", typescript: "TypeScript" };

/** The call that made an answer, as a program in one of the usual dialects. */
export function CodeDialog({ call, onClose }: { call: ChatCall | undefined; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const [dialect, setDialect] = useState<SampleDialect>("openai-chat");
  const [language, setLanguage] = useState<SampleLanguage>("curl");
  const code = (of: SampleLanguage) =>
    call ? writeSample(call, { dialect, language: of, address: location.origin, keyVariable }) : "";
  return (
    <Dialog
      size="large"
      isOpen={call !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("code.title")}
      description={t("code.text", { variable: keyVariable })}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <Select
          label={t("code.dialect")}
          value={dialect}
          onChange={setDialect}
          options={sampleDialects.map((value) => ({ value, text: dialectNames[value] }))}
          className="w-full sm:w-72"
        />
        <Tabs
          label={t("code.language")}
          value={language}
          onChange={setLanguage}
          tabs={sampleLanguages.map((value) => ({
            value,
            text: languageNames[value],
            content: (
              <CodeBlock
                label={t("code.label", { language: languageNames[value] })}
                code={value === language ? code(value) : ""}
              />
            ),
          }))}
        />
        <p className="text-xs text-muted">{t("code.leftOut")}</p>
      </div>
    </Dialog>
  );
}
