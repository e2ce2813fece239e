export const jsonType = "application/json";
export const eventStreamType = "text/event-stream; charset=utf-8";
