export { Grammars } from "./grammars.ts";
