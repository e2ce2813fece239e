export { ReplicaStates } from "./replica-states.ts";
export { route } from "./route.ts";
