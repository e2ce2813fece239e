export { ReplicaStates, type FailedReplica } from "./replica-states.ts";
export { route } from "./route.ts";
