export { chooseTargets, type RoutableTarget } from "./choose-targets.ts";
