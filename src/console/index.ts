export { Console, isConsolePath } from "./console.ts";
