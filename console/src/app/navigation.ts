import {
  Activity,
  Blocks,
  ChartColumn,
  Cloud,
  FolderKanban,
  HeartPulse,
  KeyRound,
  MessagesSquare,
  Plug,
  Settings,
  type LucideIcon,
} from "lucide-react";

/** Groups of pages, in the order of the side navigation. `nav.NAME` of the shell's texts are their names. */
export const navigation = [
  {
    group: "work",
    pages: [
      { to: "/", name: "home", icon: Cloud },
      { to: "/console/chat", name: "chat", icon: MessagesSquare },
    ],
  },
  {
    group: "access",
    pages: [
      { to: "/console/keys", name: "keys", icon: KeyRound },
      { to: "/console/projects", name: "projects", icon: FolderKanban },
    ],
  },
  {
    group: "traffic",
    pages: [
      { to: "/console/usage", name: "usage", icon: ChartColumn },
      { to: "/console/requests", name: "requests", icon: Activity },
    ],
  },
  {
    group: "supply",
    pages: [
      { to: "/console/models", name: "models", icon: Blocks },
      { to: "/console/providers", name: "providers", icon: Plug },
    ],
  },
  {
    group: "operation",
    pages: [
      { to: "/console/settings", name: "settings", icon: Settings },
      { to: "/console/health", name: "health", icon: HeartPulse },
    ],
  },
] as const satisfies readonly { group: string; pages: readonly { to: string; name: string; icon: LucideIcon }[] }[];

export type NavigationPage = (typeof navigation)[number]["pages"][number];

/** Those of the bottom bar of a narrow screen; the others are in its sheet. */
export const barPages = ["home", "chat", "keys", "usage"] as const satisfies readonly NavigationPage["name"][];
