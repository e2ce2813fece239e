import "./styles/theme.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { takeLink } from "./app/sign-in-link.ts";
import { startTheme } from "./app/theme.ts";
import { startI18n } from "./i18n/i18n.ts";

startTheme();
// Before anything else reads the address: a link is used once, and must not stay in it.
const link = takeLink();
await startI18n();
const root = document.getElementById("root");
if (!root) throw new Error("the page has no element #root");
createRoot(root).render(<App link={link} />);
